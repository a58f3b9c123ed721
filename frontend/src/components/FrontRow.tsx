import { arrivalText } from "../arrival";
import type { House } from "../house";
import type { Analyzer } from "../types";
import { capital, listed, words } from "../words";
import { Coded } from "./Coded";

/** Which analyzers are in tonight, who is on the way, and what brings the others. */
export function FrontRow({ house }: { house: House }) {
  if (house.analyzers === null) return null;
  const present = house.analyzers.filter((analyzer) => analyzer.available).map(({ name }) => words(name));
  const absent = house.analyzers.filter((analyzer) => !analyzer.available);
  const improving = house.analyzers.filter(
    ({ available, arrival }) => available && arrival?.state === "fetching",
  );
  return (
    <div className="front-row">
      <p>
        {present.length > 0 ? (
          `In the front row tonight: ${listed(present)}.`
        ) : (
          <Coded text="The front row is empty: no analyzer is running. `heckler doctor` says why." />
        )}
      </p>
      {absent.length + improving.length > 0 && (
        <ul aria-label="Not here tonight">
          {absent.map((analyzer) => (
            <Absent key={analyzer.name} analyzer={analyzer} />
          ))}
          {improving.map(({ name, arrival }) => (
            <li key={name}>
              {capital(words(name))} will see better: {arrival && arrivalText(arrival)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Absent({ analyzer: { name, missing, hint, arrival } }: { analyzer: Analyzer }) {
  if (arrival && arrival.state !== "failed") {
    return (
      <li>
        {capital(words(name))} is on the way: {arrivalText(arrival)}
      </li>
    );
  }
  return (
    <li>
      {capital(words(name))} lacks {listed(missing)}. {arrival && `${arrivalText(arrival)} `}
      {hint && <code>{hint}</code>}
    </li>
  );
}
