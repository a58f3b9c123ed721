import type { House } from "../house";
import { listed, words } from "../words";

/** Which analyzers are in tonight, and what brings the others. */
export function FrontRow({ house }: { house: House }) {
  if (house.analyzers === null) return null;
  const present = house.analyzers.filter((analyzer) => analyzer.available).map(({ name }) => words(name));
  const absent = house.analyzers.filter((analyzer) => !analyzer.available);
  return (
    <div className="front-row">
      <p>
        {present.length > 0
          ? `In the front row tonight: ${listed(present)}.`
          : "The front row is empty: no analyzer is running. `heckler doctor` says why."}
      </p>
      {absent.length > 0 && (
        <ul aria-label="Not here tonight">
          {absent.map(({ name, missing, hint }) => (
            <li key={name}>
              {words(name)} lacks {listed(missing)}. {hint && <code>{hint}</code>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
