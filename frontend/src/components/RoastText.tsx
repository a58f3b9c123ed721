import { useStillness } from "../media";
import { cut } from "../passages";
import { useTyped } from "../typing";
import type { Passage } from "../view";

interface RoastTextProps {
  passages: readonly Passage[];
  /** Whether to perform it, or just to print it. */
  live: boolean;
  /** Whether all of it has arrived. */
  complete: boolean;
  /** The passage whose evidence is shown. */
  active: number | null;
  onPoint: (passage: number | null) => void;
  onPin: (passage: number) => void;
  pinned: number | null;
  /** What stands below a joke, where there is no room beside the photo. */
  below: (passage: number) => React.ReactNode;
}

/** The roast, passage by passage, as it is spoken. */
export function RoastText(props: RoastTextProps) {
  const { passages, live, complete } = props;
  const still = useStillness();
  const whole = passages.map((passage) => passage.text).join("\n");
  const [shown, finish] = useTyped(whole, live && !still);
  const typing = shown < whole.length || !complete;
  const spoken = cut(passages, shown);
  return (
    <div className={typing ? "roast typing" : "roast"} data-complete={!typing}>
      <ol>
        {spoken.map(({ text, cues, whole: ended, number }) => (
          <Spoken
            key={number}
            {...props}
            {...{ number, text, cues, ended }}
            last={number === spoken.length - 1}
          />
        ))}
      </ol>
      {/* Letters must not be read out one by one: whole passages are. */}
      <div className="visually-hidden" aria-live="polite">
        {typing &&
          spoken.filter((passage) => passage.whole).map(({ text, number }) => <p key={number}>{text}</p>)}
      </div>
      {shown < whole.length && (
        <button type="button" className="quiet" onClick={finish}>
          Show it all
        </button>
      )}
    </div>
  );
}

interface SpokenProps extends RoastTextProps {
  number: number;
  text: string;
  cues: readonly string[];
  ended: boolean;
  last: boolean;
}

function Spoken({ number, text, cues, ended, last, active, pinned, onPoint, onPin, below }: SpokenProps) {
  const joke = cues.length > 0 && ended;
  const point = joke ? { onPointerEnter: () => onPoint(number), onPointerLeave: () => onPoint(null) } : {};
  return (
    <li className={active === number ? "passage active" : "passage"} {...point}>
      <p>
        {text}
        {last && <span className="caret" aria-hidden="true" />}
        {joke && (
          <button
            type="button"
            className="why"
            aria-expanded={pinned === number}
            aria-label={`What joke ${number + 1} stands on`}
            onFocus={() => onPoint(number)}
            onBlur={() => onPoint(null)}
            onClick={() => onPin(number)}
          >
            why?
          </button>
        )}
      </p>
      {active === number && below(number)}
    </li>
  );
}
