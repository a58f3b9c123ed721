import { describe, expect, test } from "vitest";
import { problemFrom } from "../../src/request/problem";
import { emptyRoast, reduce } from "../../src/request/reducer";
import { idIn } from "../../src/request/route";
import { eventsOf } from "../../src/request/snapshot";
import type { RoastSnapshot, Snapshot } from "../../src/request/types";
import { aheadOf, lanesOf, passagesOf, phaseOf } from "../../src/request/view";
import { cue, feature, id, style, submitted } from "../events";

const { type: _type, id: _id, at: _at, analyzer: _name, attempt: _attempt, ...found } = feature();

function snapshot(part: Partial<RoastSnapshot> = {}): RoastSnapshot {
  const { photo } = submitted();
  const timings = { submitted_at: 1, joined_ms: null, first_line_ms: null, roast_ms: null, total_ms: null };
  return {
    ...{ id, status: "running", product: "roast", options: style, parent: null },
    photo: { width: photo.width, height: photo.height, bytes: 9, sha256: "0", url: "" },
    links: { self: "", events: "", photo: "", encore: "", cancel: "" },
    ...{ expects: ["faces", "quality"], features: { faces: found }, missing: [], cues: [] },
    ...{ roast: null, failed: null, timings },
    ...part,
  } as RoastSnapshot;
}

const rebuilt = (part: Partial<RoastSnapshot> = {}) =>
  eventsOf(snapshot(part)).reduce(reduce, emptyRoast(id));

describe("a state rebuilt from a snapshot", () => {
  test("shows who has reported and who has not", () => {
    expect(lanesOf(rebuilt()).map(({ name, status }) => [name, status])).toEqual([
      ["faces", "ok"],
      ["quality", "waiting"],
    ]);
    expect(phaseOf(rebuilt())).toBe("looking");
  });

  test.each([
    [3, 3],
    [0, 0],
    [null, 0],
  ])("shows the place in the line, where one is known: %j", (ahead, shown) => {
    expect(aheadOf(rebuilt({ ahead }))).toBe(shown);
  });

  test("shows the roast, and who is missing and why", () => {
    const state = rebuilt({
      status: "done",
      missing: [{ analyzer: "quality", reason: "too slow" }],
      timings: { ...snapshot().timings, joined_ms: 12 },
      roast: {
        ...{ text: "Ha.", jokes: [{ text: "Ha.", cues: ["c"] }], writer: "house", persona: "critic" },
        ...{ heat: "medium", note: null, attempt: 1, write_ms: 1, first_word_ms: 1 },
      },
    });
    expect(phaseOf(state)).toBe("done");
    expect(passagesOf(state)).toEqual([{ text: "Ha.", cues: ["c"] }]);
    expect(state.joined?.missing).toEqual({ quality: "too slow" });
    expect(lanesOf(state).map(({ status }) => status)).toEqual(["ok", "late"]);
  });

  test("shows the cues of a roast, and an analysis without any", () => {
    const timings = { ...snapshot().timings, joined_ms: 12 };
    expect(rebuilt({ timings, cues: [cue] }).cued?.cues).toEqual([cue]);
    const { roast: _roast, cues: _cues, ...core } = snapshot({ timings, status: "done" });
    const analysis: Snapshot = { ...core, product: "analysis", options: {} };
    const state = eventsOf(analysis).reduce(reduce, emptyRoast(id));
    expect([phaseOf(state), state.cued]).toEqual(["done", null]);
  });

  test.each([
    [{ status: "cancelled" as const }, "cancelled"],
    [{ status: "refused" as const, failed: { code: "explicit", detail: "d", hint: "h" } }, "refused"],
    [{ status: "failed" as const, failed: { code: "expired", detail: "d", hint: "h" } }, "failed"],
  ])("ends as it did: %j", (part, phase) => {
    expect(phaseOf(rebuilt(part))).toBe(phase);
  });

  test("gives way to the stream, wherever both are known, in either order", () => {
    const streamed = { seq: 4, event: feature({ compute_ms: 77 }) };
    const told = eventsOf(snapshot());
    for (const order of [
      [...told, streamed],
      [streamed, ...told],
    ]) {
      expect(order.reduce(reduce, emptyRoast(id)).features.faces?.compute_ms).toBe(77);
    }
  });
});

describe("a problem", () => {
  test("says what the server said", () => {
    const body = JSON.stringify({ title: "T", detail: "D", hint: "H", code: "c", status: 415 });
    expect(problemFrom(415, body)).toEqual({ title: "T", detail: "D", hint: "H", code: "c", status: 415 });
  });

  test.each(["", "<h1>Bad gateway</h1>", "null", "[]"])("is still one when the body is %j", (body) => {
    expect(problemFrom(502, body)).toMatchObject({
      code: "http_502",
      status: 502,
      hint: "Try again in a moment.",
    });
  });
});

test.each([
  ["#/r/abc_DEF-123", "abc_DEF-123"],
  ["#/r/", null],
  ["#/r/a/b", null],
  ["#/r/../x", null],
  ["", null],
])("the address %j names the roast %j", (hash, named) => {
  expect(idIn(hash)).toBe(named);
});
