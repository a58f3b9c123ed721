import { capital, listed, words } from "../findings/words";
import { arrivalText } from "../request/arrival";
import type { ServerInfo } from "../request/serverInfo";
import type { Analyzer } from "../request/types";
import { Coded } from "./Coded";

/** Which analyzers work, which are on the way, and, folded away, what brings the others. */
export function FrontRow({ serverInfo }: { serverInfo: ServerInfo }) {
  if (serverInfo.analyzers === null) return null;
  const present = serverInfo.analyzers.filter(({ available }) => available);
  const coming = serverInfo.analyzers.filter(isComing);
  const away = serverInfo.analyzers.filter((analyzer) => !analyzer.available && !isComing(analyzer));
  return (
    <div className="front-row">
      <p>
        {present.length > 0 ? (
          `In the front row tonight: ${named(present)}.`
        ) : (
          <Coded text="The front row is empty: no analyzer is running. `heckler doctor` says why." />
        )}
      </p>
      {coming.length > 0 && (
        <ul aria-label="On the way">
          {coming.map(({ name, available, arrival }) => (
            <li key={name}>
              {capital(words(name))} {available ? "will see better" : "is on the way"}:{" "}
              {arrival && arrivalText(arrival)}
            </li>
          ))}
        </ul>
      )}
      {away.length > 0 && (
        <details open={present.length === 0}>
          <summary>Not here tonight: {named(away)}.</summary>
          <ul aria-label="Not here tonight">
            {away.map((analyzer) => (
              <Away key={analyzer.name} analyzer={analyzer} />
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

/** Whether its weights are being fetched, or will be: of an analyzer that works already, only the former is shown. */
function isComing({ available, arrival }: Analyzer): boolean {
  return arrival?.state === "fetching" || (!available && arrival?.state === "waiting");
}

function Away({ analyzer: { name, missing, hint, arrival } }: { analyzer: Analyzer }) {
  return (
    <li>
      {capital(words(name))} lacks {listed(missing)}. {arrival && `${arrivalText(arrival)} `}
      {hint && <code>{hint}</code>}
      {arrival?.reason && (
        <details>
          <summary>Why it did not come</summary>
          {arrival.reason}
        </details>
      )}
    </li>
  );
}

function named(analyzers: readonly Analyzer[]): string {
  return listed(analyzers.map(({ name }) => words(name)));
}
