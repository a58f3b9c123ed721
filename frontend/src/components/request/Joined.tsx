import { absences } from "../../request/reasons";
import type { Cued, Joined as JoinedEvent } from "../../request/types";

/** Whether the roast had everything to go by, and if not, what it went without and why. */
export function Joined({ joined, cued }: { joined: JoinedEvent; cued: Cued | null }) {
  const missing = joined.missing ?? {};
  const cues = cued?.cues?.length ?? 0;
  const found = cued && `${cues} ${cues === 1 ? "thing" : "things"} to talk about.`;
  if (Object.keys(missing).length === 0)
    return <p className="joined complete">All analyzers have reported. {found}</p>;
  return (
    <p className="joined partial">
      {joined.timed_out ? "Time was up. " : ""}
      It goes on without {absences(missing)}. {found}
    </p>
  );
}
