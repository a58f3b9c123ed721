import { exhibitOf } from "../../findings/evidence";
import { capital } from "../../findings/words";
import type { RoastState } from "../../request/reducer";
import { cuesOf } from "../../request/view";

interface EvidenceProps {
  state: RoastState;
  /** The ids of the cues that the joke stands on. */
  cues: readonly string[];
}

/** What a joke stands on: each cue, and the measurements behind it. */
export function Evidence({ state, cues }: EvidenceProps) {
  return (
    <ul className="evidence">
      {cuesOf(state, cues).map((cue) => (
        <li key={cue.id} data-cue={cue.id}>
          <p>{capital(cue.text)}</p>
          <dl>
            {cue.evidence
              .map((path) => exhibitOf(state.features, path))
              .filter((exhibit) => exhibit !== null)
              .map(({ path, label, value }) => (
                <div key={path}>
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
