import { useEffect, useId, useRef, useState } from "react";
import { span } from "../../history/retention";
import type { Problem } from "../../request/problem";
import { remedyOf } from "../../request/remedies";
import type { About } from "../../request/types";
import { copy } from "../../share/clipboard";
import { type CardSize, cardSizes, fileNameOf, linkTo, sheetFor } from "../../share/share";
import { type Card, useCard } from "../../share/useCard";
import { Coded } from "../Coded";

interface ShareDialogProps {
  id: string;
  about: About | null;
  onClose: () => void;
}

/** The roast as a ticket to take home: a look at it, then save it, pass it on, or copy the link. */
export function ShareDialog({ id, about, onClose }: ShareDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [size, setSize] = useState<CardSize>("landscape");
  const card = useCard(id, size);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="share" aria-labelledby={title} onClose={onClose}>
      <div className="share-sheet">
        <div className="share-head">
          <h2 id={title}>Take it home</h2>
          <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </div>
        <Preview card={card} size={size} onAgain={card.again} />
        <Formats size={size} onSize={setSize} />
        <Ways id={id} card={card} size={size} />
        <p className="who-sees">{whoSees(about)}</p>
      </div>
    </dialog>
  );
}

/** The card in a frame of its proportions, so that nothing moves when it arrives. */
function Preview({ card, size, onAgain }: { card: Card; size: CardSize; onAgain: () => void }) {
  const { width, height } = cardSizes[size];
  if (card.problem) return <Unprinted problem={card.problem} onAgain={onAgain} />;
  return (
    <div className="card-frame">
      <div className={`card-preview ${size}`} aria-busy={!card.url}>
        {card.url && (
          <img
            src={card.url}
            width={width}
            height={height}
            alt="The roast on a theatre ticket, beside the one it is about"
          />
        )}
        {!card.url && <p>Printing your ticket…</p>}
      </div>
    </div>
  );
}

/** Why there is no card; in all of the frame, since words need more room than a low ticket has. */
function Unprinted({ problem, onAgain }: { problem: Problem; onAgain: () => void }) {
  const { hint = "", ways } = remedyOf(problem);
  return (
    <div className="card-frame">
      <div className="card-preview trouble">
        <p role="alert" data-code={problem.code}>
          {problem.title}. <Coded text={hint} />
        </p>
        {ways.includes("again") && (
          <div className="actions">
            <button type="button" onClick={onAgain}>
              Try again
            </button>
          </div>
        )}
      </div>
    </div>
  );
}

function Formats({ size, onSize }: { size: CardSize; onSize: (size: CardSize) => void }) {
  const name = useId();
  const formats = [
    ["landscape", "Wide", "for chats and posts"],
    ["portrait", "Tall", "for stories"],
  ] as const;
  return (
    <fieldset className="choices">
      <legend className="visually-hidden">The card’s format</legend>
      <div className="options">
        {formats.map(([format, title, use]) => (
          <label key={format}>
            <input type="radio" name={name} checked={format === size} onChange={() => onSize(format)} />
            <span className="option">
              <span className="title">{title}</span>
              <span className="description">{use}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The ways out of the house. */
function Ways({ id, card, size }: { id: string; card: Card; size: CardSize }) {
  const [said, setSaid] = useState("");
  const link = linkTo(id, location.origin);
  const sheet = sheetFor(card.blob, size, link);
  const pass = async (data: ShareData) => {
    // Closing the share sheet counts as an error too, and is none.
    await navigator.share(data).catch((error: Error) => {
      if (error.name !== "AbortError") setSaid("This browser would not share it: copy the link instead.");
    });
  };
  const take = async () =>
    setSaid((await copy(link)) ? "The link is copied." : `Could not copy it. The link is ${link}`);
  return (
    <>
      <div className="actions">
        {card.url ? (
          <a className="button loud" href={card.url} download={fileNameOf(size)}>
            Save card
          </a>
        ) : (
          <button type="button" className="loud" disabled>
            Save card
          </button>
        )}
        {sheet && (
          <button type="button" onClick={() => pass(sheet)}>
            Share…
          </button>
        )}
        <button type="button" onClick={take}>
          Copy link
        </button>
      </div>
      <p className="said" role="status">
        {said}
      </p>
    </>
  );
}

function whoSees(about: About | null): string {
  const photo = about ? `for ${span(about.photo_ttl_s)}` : "for a while";
  const words = about ? `for ${span(about.event_ttl_s)}` : "a little longer";
  return (
    `Whoever has the link sees the photo and this card ${photo}, and everything that was said and noticed ${words}, or until you delete it. ` +
    "Nobody else does; search engines are asked to stay away. A card that you save or send is out of Heckler’s hands: " +
    "deleting the roast does not reach it."
  );
}
