import { headline } from "../headline";
import type { Lane } from "../view";
import { capital, duration, words } from "../words";

interface LanesProps {
  lanes: readonly Lane[];
  /** Why somebody's finding is missing, by analyzer, as the join said. */
  missing: Readonly<Record<string, string>>;
}

/** Every analyzer that was asked, and where it stands. */
export function Lanes({ lanes, missing }: LanesProps) {
  const longest = Math.max(1, ...lanes.map(work));
  return (
    <ol className="lanes">
      {lanes.map((lane) => (
        <li
          key={lane.name}
          className={`lane ${lane.status}`}
          data-analyzer={lane.name}
          data-status={lane.status}
        >
          <span className="lamp" aria-hidden="true" />
          <span className="name">{capital(words(lane.name))}</span>
          <span className="said">{said(lane, missing)}</span>
          <span className="took">{took(lane)}</span>
          <span className="bar" aria-hidden="true">
            <span style={lane.feature ? { width: `${(100 * work(lane)) / longest}%` } : undefined} />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Milliseconds of looking that this request cost; what was remembered cost none. */
function work({ feature }: Lane): number {
  return feature === null || feature.cached ? 0 : feature.compute_ms;
}

function said(lane: Lane, missing: LanesProps["missing"]): string {
  switch (lane.status) {
    case "waiting":
      return "waiting";
    case "running":
      return lane.attempt > 1 ? `looking, attempt ${lane.attempt}` : "looking";
    case "ok":
      return lane.feature?.finding ? headline(lane.feature.finding) || "done" : "done";
    case "skipped":
      return `skipped: ${lane.feature?.reason ?? "nothing to look at"}`;
    case "failed":
      return `failed: ${lane.feature?.reason ?? "no reason given"}`;
    case "late":
      return missing[lane.name] ?? "not heard in time";
  }
}

function took({ feature, status }: Lane): string {
  if (feature === null || status !== "ok") return "";
  return feature.cached ? "remembered" : duration(feature.compute_ms);
}
