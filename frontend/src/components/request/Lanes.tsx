import { useState } from "react";
import { duration, listed, words } from "../../findings/words";
import type { Company, Schedule } from "../../replay/schedule";
import { benchesOf, ticksOf } from "../../replay/schedule";
import type { Clock } from "../../replay/useClock";
import type { Lane as LaneState } from "../../request/view";
import { Lane } from "./Lane";

interface LanesProps {
  lanes: readonly LaneState[];
  /** Why a finding is missing, by analyzer, as the join said. */
  missing: Readonly<Record<string, string>>;
  schedule: Schedule;
  clock: Clock;
  /** The analyzers that the joke pointed at stands on. */
  lit: readonly string[];
  onPoint: (analyzer: string | null) => void;
}

const companies: Readonly<Record<Company, string>> = {
  looking: "Had a look",
  remembered: "Knew this photo already",
  out: "Sat this one out",
};

/** Every analyzer that was asked, when it waited, when it looked, and what it saw. */
export function Lanes({ lanes, missing, schedule, clock, lit, onPoint }: LanesProps) {
  const [open, setOpen] = useState<string | null>(null);
  const scale = schedule.joined ?? clock.scale;
  const title = (company: Company) =>
    company === "looking" && schedule.joined === null ? "Looking" : companies[company];
  return (
    <section className={lit.length > 0 ? "lanes pointed" : "lanes"} aria-label="The front row">
      <div className="benches">
        <Axis scale={scale} />
        {benchesOf(lanes, schedule).map(({ company, lanes: seated }) => (
          <div key={company} className={`bench ${company}`}>
            <p aria-hidden="true">{title(company)}</p>
            <ol aria-label={title(company)}>
              {seated.map((lane) => (
                <Lane
                  key={lane.name}
                  lane={lane}
                  missing={missing[lane.name]}
                  span={schedule.spans[lane.name]}
                  scale={scale}
                  clock={clock}
                  critical={schedule.path.includes(lane.name)}
                  lit={lit.includes(lane.name)}
                  open={open === lane.name}
                  onOpen={() => setOpen(open === lane.name ? null : lane.name)}
                  onPoint={onPoint}
                />
              ))}
            </ol>
          </div>
        ))}
      </div>
      {schedule.joined !== null && schedule.path.length > 0 && (
        <p className="longest">
          {duration(schedule.joined)} until the last had reported. The longest way:{" "}
          {listed(schedule.path.map(words))}.
        </p>
      )}
    </section>
  );
}

/** The times at the top; decoration, as every lane tells its own. */
function Axis({ scale }: { scale: number }) {
  return (
    <div className="axis" aria-hidden="true">
      {ticksOf(scale).map((tick) => (
        <span key={tick} style={{ insetInlineStart: `${(100 * tick) / scale}%` }}>
          {tick < scale * 0.87 && duration(tick)}
        </span>
      ))}
    </div>
  );
}
