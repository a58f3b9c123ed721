import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { benchesOf, roundUp, scheduleOf, ticksOf } from "../../src/replay/schedule";
import { emptyRoast, reduce } from "../../src/request/reducer";
import type { RoastEvent } from "../../src/request/types";
import { lanesOf } from "../../src/request/view";
import { anyHeard, feature, heard, id, submitted } from "../events";

const stateAfter = (...events: RoastEvent[]) => heard(...events).reduce(reduce, emptyRoast(id));
const asked = submitted({ at: 100, expects: ["faces", "emotions", "text", "age", "pose"] });
const joined = (at: number): RoastEvent => ({
  ...{ type: "joined", id, at, complete: true, timed_out: false, missing: {}, cues: [] },
  ...{ people: 0, photo: "", gentle: false, style: null },
});
const looked = (analyzer: string, at: number, queue_ms: number, compute_ms: number) =>
  feature({ analyzer, at, queue_ms, compute_ms });
const needs = { emotions: ["faces"], age: ["faces"] };

describe("the times of a request", () => {
  test("are those that its events tell, counted from the photo's arrival", () => {
    const { spans } = scheduleOf(stateAfter(asked, looked("faces", 100.5, 100, 300)), needs);
    expect(spans.faces?.queued).toBeCloseTo(100);
    expect(spans.faces?.began).toBeCloseTo(200);
    expect(spans.faces?.ended).toBeCloseTo(500);
  });

  test("leave the end open as long as somebody looks, and count their wait from what they needed", () => {
    const start: RoastEvent = { type: "started", id, at: 100.7, analyzer: "age", attempt: 1 };
    const { spans } = scheduleOf(stateAfter(asked, looked("faces", 100.5, 0, 300), start), needs);
    expect(spans.age).toMatchObject({ ended: null });
    expect(spans.age?.queued).toBeCloseTo(500);
    expect(spans.age?.began).toBeCloseTo(700);
  });

  test("charge nobody with the cost of what was remembered", () => {
    const known = feature({ at: 100.1, cached: true, compute_ms: 900, queue_ms: 20 });
    const { spans } = scheduleOf(stateAfter(asked, known), needs);
    expect(spans.faces?.began).toBeCloseTo(100);
    expect(spans.faces?.queued).toBeCloseTo(80);
  });

  test("are unknown where only a snapshot tells of a finding", () => {
    const state = stateAfter(asked, feature({ at: 0 }));
    expect(scheduleOf(state, needs).spans).toEqual({});
    expect(scheduleOf(stateAfter(submitted({ at: 0 })), needs)).toEqual({
      spans: {},
      joined: null,
      path: [],
    });
  });

  test("never run backwards or begin before the photo came", () => {
    fc.assert(
      fc.property(fc.array(anyHeard, { maxLength: 30 }), (events) => {
        const { spans } = scheduleOf(events.reduce(reduce, emptyRoast(id)), { text: ["faces", "quality"] });
        for (const { queued, began, ended } of Object.values(spans)) {
          expect(queued).toBeGreaterThanOrEqual(0);
          expect(began).toBeGreaterThanOrEqual(queued);
          if (ended !== null) expect(ended).toBeGreaterThanOrEqual(began);
        }
      }),
    );
  });
});

describe("the longest way", () => {
  const path = (...events: RoastEvent[]) => scheduleOf(stateAfter(asked, ...events), needs).path;

  test("goes from the last finding back over those that it needed", () => {
    const events = [
      looked("faces", 100.5, 0, 500),
      looked("text", 100.4, 0, 400),
      looked("age", 100.9, 5, 395),
    ];
    expect(path(...events, joined(101))).toEqual(["faces", "age"]);
  });

  test("goes over those who took up the room", () => {
    const events = [
      looked("text", 100.6, 0, 600),
      looked("faces", 100.2, 0, 200),
      looked("age", 100.9, 401, 299),
    ];
    expect(path(...events, joined(101))).toEqual(["text", "age"]);
  });

  test("is unknown before the join, and leads past nobody who came after it", () => {
    expect(path(looked("faces", 100.5, 0, 500))).toEqual([]);
    expect(path(looked("faces", 100.5, 0, 500), looked("text", 109, 0, 9000), joined(101))).toEqual([
      "faces",
    ]);
  });

  test("names nobody twice and comes to an end, whatever the needs", () => {
    const names = ["faces", "quality", "text"];
    const tangled = fc.dictionary(fc.constantFrom(...names), fc.subarray(names));
    fc.assert(
      fc.property(fc.array(anyHeard, { maxLength: 30 }), tangled, (events, needs) => {
        const { path } = scheduleOf(events.reduce(reduce, emptyRoast(id)), needs);
        expect(new Set(path).size).toBe(path.length);
      }),
    );
  });
});

describe("the lanes", () => {
  test("sit together by how they came by their finding, in the order in which they began", () => {
    const state = stateAfter(
      asked,
      looked("text", 100.3, 0, 100),
      looked("faces", 100.4, 0, 350),
      feature({ analyzer: "pose", at: 100.1, cached: true }),
      feature({ analyzer: "age", at: 100.5, status: "skipped", finding: null, reason: "no faces" }),
    );
    const benches = benchesOf(lanesOf(state), scheduleOf(state, needs));
    expect(benches.map(({ company, lanes }) => [company, ...lanes.map(({ name }) => name)])).toEqual([
      ["looking", "faces", "text", "emotions"],
      ["remembered", "pose"],
      ["out", "age"],
    ]);
  });

  test("are all there, once, whatever was heard", () => {
    fc.assert(
      fc.property(fc.array(anyHeard, { maxLength: 30 }), (events) => {
        const state = events.reduce(reduce, emptyRoast(id));
        const lanes = lanesOf(state);
        const seated = benchesOf(lanes, scheduleOf(state, {})).flatMap((bench) => bench.lanes);
        expect(seated.map(({ name }) => name).sort()).toEqual(lanes.map(({ name }) => name).sort());
      }),
    );
  });
});

describe("the scale", () => {
  test("is round, holds what it is asked to hold, and no more than two and a half times as much", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), (ms) => {
        expect(roundUp(ms)).toBeGreaterThanOrEqual(ms);
        expect(roundUp(ms)).toBeLessThanOrEqual(2.5 * ms + 1e-6);
        expect(`${roundUp(ms)}`).toMatch(/^[125]0*$/);
      }),
    );
  });

  test("has from one to five ticks within", () => {
    fc.assert(
      fc.property(fc.double({ min: 5, max: 1e6, noNaN: true }), (span) => {
        const ticks = ticksOf(span);
        expect(ticks.length).toBeGreaterThanOrEqual(1);
        expect(ticks.length).toBeLessThanOrEqual(5);
        expect(Math.max(...ticks)).toBeLessThanOrEqual(span);
      }),
    );
  });
});
