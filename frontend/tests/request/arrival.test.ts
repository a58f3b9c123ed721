import { describe, expect, it } from "vitest";
import { type Arrival, arrivalText } from "../../src/request/arrival";
import { askAgainIn } from "../../src/request/serverInfo";
import type { Analyzer } from "../../src/request/types";

const yolox: Arrival = {
  state: "fetching",
  weights: "yolox_nano",
  done: 1_234_567,
  total: 3_700_000,
  reason: null,
};

function analyzer(arrival: Arrival | null): Analyzer {
  const nothing = { model: "", needs: [], missing: [], hint: null, better_with: null, runs_on: {} };
  return { name: "objects", group: "scene", available: false, version: "1", arrival, ...nothing };
}

describe("weights that come by themselves", () => {
  it("are told with how much is here", () => {
    expect(arrivalText(yolox)).toBe("fetching yolox_nano, 33 % of 3.7 MB.");
    expect(arrivalText({ ...yolox, done: 0, total: 0 })).toBe("fetching yolox_nano, 0 % of 0 kB.");
  });

  it("say when they wait, how large they are, and that they did not come", () => {
    expect(arrivalText({ ...yolox, state: "waiting" })).toBe("yolox_nano is next (3.7 MB).");
    expect(arrivalText({ ...yolox, state: "waiting", total: 6_804 })).toBe("yolox_nano is next (7 kB).");
    expect(arrivalText({ ...yolox, state: "failed", reason: "no route" })).toContain("tried again later.");
  });

  it("are asked about soon while they come, seldom when they failed, and no more when they are here", () => {
    expect(askAgainIn([analyzer(null)])).toBeNull();
    const failed: Arrival = { ...yolox, state: "failed" };
    const seldom = askAgainIn([analyzer(failed)]);
    expect(askAgainIn([analyzer(failed), analyzer(yolox)])).toBeLessThan(seldom ?? 0);
  });
});
