import { type RefObject, useCallback, useId, useState } from "react";
import { duration } from "../../findings/words";
import { isWhole } from "../../replay/recording";
import type { Replay } from "../../replay/useReplay";
import type { Watched } from "../../request/useRoast";
import { isOver } from "../../request/view";
import { EventLog } from "../replay/EventLog";
import { Details } from "./Details";

interface LookCloserProps {
  /** The request as it is, whatever moment of it is played again. */
  watched: Watched;
  replay: Replay;
  photos: readonly string[];
  /** What opens the replay: where the focus returns to. */
  opener: RefObject<HTMLButtonElement | null>;
}

/** For curious visitors: the replay, all findings, and every event. */
export function LookCloser({ watched, replay, photos, opener }: LookCloserProps) {
  const { state, recording } = watched;
  const { reel, send } = replay;
  const over = isOver(state);
  const ready = over ? isWhole(state.id, recording) : reel.moments.length > 0;
  const last = reel.moments.at(-1)?.at ?? 0;
  return (
    <section className="closer" aria-labelledby="closer">
      <div className="closer-head">
        <h2 id="closer">Look closer</h2>
        <p>
          {ready
            ? `${reel.moments.length} events in ${duration(last)}${over ? "" : " so far"}.`
            : watched.readAgain
              ? "The stored events could not be read."
              : "Reading what happened…"}
        </p>
        {!ready && watched.readAgain && (
          <button type="button" onClick={watched.readAgain}>
            Try again
          </button>
        )}
        <button ref={opener} type="button" disabled={!ready} onClick={() => send({ type: "toggle" })}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M7 4v16l13-8z" />
          </svg>
          Play it again
        </button>
      </div>
      <Details state={replay.watched.state} photos={photos} />
      <Log replay={replay} />
    </section>
  );
}

function Log({ replay: { reel, count, player, send } }: { replay: Replay }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const go = useCallback((position: number) => send({ type: "seek", position }), [send]);
  return (
    <div className="log-area">
      <h3>
        <button
          type="button"
          className="unfold"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          Every event, in its order
        </button>
      </h3>
      <div id={id}>
        {open && (
          <EventLog moments={reel.moments} count={count} replaying={player.position !== null} onGo={go} />
        )}
      </div>
    </div>
  );
}
