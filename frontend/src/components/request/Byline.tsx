import { duration } from "../../findings/words";
import { type ServerInfo, titleOf } from "../../request/serverInfo";
import type { Roast, RoastSnapshot } from "../../request/types";

interface BylineProps {
  roast: Roast;
  serverInfo: ServerInfo;
  timings: RoastSnapshot["timings"] | null;
}

/** Which writer wrote it, in plain words, and how long everything took. */
export function Byline({ roast, serverInfo, timings }: BylineProps) {
  return (
    <p className="byline">
      Written by {writer(roast.writer)} as <strong>{titleOf(serverInfo, roast.persona)}</strong>, {roast.heat}{" "}
      heat. {times(timings).join(", ")}
      {roast.note && <span className="note">{roast.note}</span>}
    </p>
  );
}

function writer(name: string): string {
  return name === "house" ? "the house writer (a joke grammar, no language model)" : name;
}

function times(timings: BylineProps["timings"]): string[] {
  if (timings === null) return [];
  const { joined_ms, write_ms, total_ms } = timings;
  return [
    ...(joined_ms ? [`Looked for ${duration(joined_ms)}`] : []),
    ...(write_ms ? [`wrote for ${duration(write_ms)}`] : []),
    ...(total_ms ? [`${duration(total_ms)} in all.`] : []),
  ];
}
