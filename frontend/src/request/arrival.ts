/** Weights that come by themselves, in words. */
import type { Analyzer } from "./types";

export type Arrival = NonNullable<Analyzer["arrival"]>;

/** Where a file stands: waiting its turn, how much of it is here, or that it did not come. */
export function arrivalText({ state, weights, done, total }: Arrival): string {
  switch (state) {
    case "waiting":
      return `${weights} is next (${size(total)}).`;
    case "fetching":
      return `fetching ${weights}, ${percent(done, total)} % of ${size(total)}.`;
    case "failed":
      return `${weights} did not come, and is tried again later.`;
    default:
      return state satisfies never;
  }
}

/** In the unit that takes the fewest digits to say it. */
function size(bytes: number): string {
  return bytes < 95e4 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function percent(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
}
