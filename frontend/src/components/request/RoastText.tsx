import { type FocusEvent, type PointerEvent, type ReactNode, useEffect, useRef } from "react";
import type { Part, Speech } from "../../speech/speech";

/** Where photo and words stand one below the other, as in the style sheet. */
const NARROW = "(max-width: 59.99rem) and (min-height: 34rem)";

interface RoastTextProps {
  speech: Speech;
  /** The language that it is written in, where that is not the page's own. */
  lang: string | undefined;
  /** Whether all of it has arrived. */
  complete: boolean;
  /** The passage whose evidence is shown. */
  active: number | null;
  pinned: number | null;
  onPoint: (passage: number | null) => void;
  onPin: (passage: number) => void;
  /** What stands below a joke, where there is no room beside the photo. */
  below: (passage: number) => ReactNode;
}

/** The roast, passage by passage, as it is spoken. */
export function RoastText(props: RoastTextProps) {
  const { parts, ahead = [], speaking, repeated, finish } = props.speech;
  const typing = speaking || !props.complete;
  return (
    <div className={typing ? "roast typing" : "roast"} lang={props.lang} data-complete={!typing}>
      <ol>
        {parts.map((part) => (
          <Spoken key={part.number} {...props} part={part} last={part.number === parts.length - 1} />
        ))}
        {ahead.map(({ text, cues }) => (
          <li key={text} className="passage" aria-hidden="true">
            <p dir="auto">
              <Rest text={text} joke={cues.length > 0} />
            </p>
          </li>
        ))}
      </ol>
      {/* Letters must not be read out one by one: whole passages are. */}
      <div className="visually-hidden" aria-live="polite">
        {typing &&
          !repeated &&
          parts
            .filter((part) => part.whole)
            .map(({ text, number }) => (
              <p key={number} dir="auto">
                {text}
              </p>
            ))}
      </div>
      {speaking && !repeated && (
        <button type="button" className="quiet" lang="en" onClick={finish}>
          Show it all
        </button>
      )}
    </div>
  );
}

interface SpokenProps extends RoastTextProps {
  part: Part;
  last: boolean;
}

function Spoken({ part, last, active, pinned, onPoint, onPin, below }: SpokenProps) {
  const { number, text, cues, whole } = part;
  const joke = cues.length > 0 && whole;
  // A finger does not hover: its tap holds the joke.
  const enter = ({ pointerType }: PointerEvent) => pointerType !== "touch" && onPoint(number);
  const point = joke ? { onPointerEnter: enter, onPointerLeave: () => onPoint(null) } : {};
  // Only the keyboard's: what a press moves before it is over, it misses.
  const focus = ({ currentTarget }: FocusEvent) => currentTarget.matches(":focus-visible") && onPoint(number);
  const passage = useRef<HTMLLIElement>(null);
  const held = pinned === number;
  useEffect(() => {
    // On a phone the photo comes to stand above the joke, and must not stand on it.
    if (held && matchMedia(NARROW).matches) passage.current?.scrollIntoView();
  }, [held]);
  return (
    <li ref={passage} className={active === number ? "passage active" : "passage"} {...point}>
      <p dir="auto">
        {text}
        {last && <span className="caret" aria-hidden="true" />}
        {!whole && <Rest text={part.rest} joke={cues.length > 0} />}
        {joke && (
          <button
            type="button"
            className="why"
            lang="en"
            dir="ltr"
            aria-expanded={held}
            aria-label={`why? What joke ${number + 1} stands on`}
            onFocus={focus}
            onBlur={() => onPoint(null)}
            onClick={() => onPin(number)}
          >
            why?
          </button>
        )}
      </p>
      {active === number && <div lang="en">{below(number)}</div>}
    </li>
  );
}

/** The room that words will take: nothing moves when they come. They are not readable yet, not even by a screen reader. */
function Rest({ text, joke }: { text: string; joke: boolean }) {
  return (
    <>
      <span aria-hidden="true" data-rest={text} />
      {joke && <span className="why" aria-hidden="true" data-rest="why?" />}
    </>
  );
}
