/** Weights that come by themselves, in words. */
import type { Analyzer } from "./types";

export type Arrival = NonNullable<Analyzer["arrival"]>;

/** Where a file stands: waiting its turn, how much of it is here, or why it did not come. */
export function arrivalText({ state, weights, done, total, reason }: Arrival): string {
  switch (state) {
    case "waiting":
      return `${weights} is next (${megabytes(total)} MB).`;
    case "fetching":
      return `fetching ${weights}, ${megabytes(done)} of ${megabytes(total)} MB (${percent(done, total)} %).`;
    case "failed":
      return `${weights} did not come, and is tried again later: ${reason ?? "nobody knows why"}.`;
    default:
      return state satisfies never;
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function percent(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
}
