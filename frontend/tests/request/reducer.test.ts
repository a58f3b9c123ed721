import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyRoast, type Heard, type RoastState, reduce } from "../../src/request/reducer";
import { aheadOf, isNews, isOver, lanesOf, phaseOf } from "../../src/request/view";
import { anyHeard, feature, heard, id, retold, submitted } from "../events";

const stateAfter = (events: readonly Heard[], from: RoastState = emptyRoast(id)) =>
  events.reduce(reduce, from);

describe("the state of a request", () => {
  test("is the same whatever the order of its events and however often each is heard", () => {
    fc.assert(
      fc.property(retold, ([told, again]) => {
        expect(stateAfter(again)).toEqual(stateAfter(told));
      }),
      { numRuns: 500 },
    );
  });

  test("does not change when everything is heard a second time", () => {
    const once = fc.array(anyHeard, { maxLength: 30 });
    fc.assert(
      fc.property(once, (events) => {
        expect(stateAfter(events, stateAfter(events))).toEqual(stateAfter(events));
      }),
    );
  });

  test("is the same when a connection is cut anywhere and what was heard overlaps", () => {
    const cutTwice = fc.tuple(fc.array(anyHeard, { maxLength: 30 }), fc.nat(30), fc.nat(30));
    fc.assert(
      fc.property(cutTwice, ([events, a, b]) => {
        const [upTo, from] = [Math.max(a, b), Math.min(a, b)];
        expect(stateAfter(events.slice(from), stateAfter(events.slice(0, upTo)))).toEqual(stateAfter(events));
      }),
    );
  });

  test("is left alone by events, since it is never written into", () => {
    fc.assert(
      fc.property(fc.array(anyHeard, { maxLength: 12 }), anyHeard, (events, one) => {
        const state = stateAfter(events);
        const before = structuredClone(state);
        reduce(state, one);
        expect(state).toEqual(before);
      }),
    );
  });

  test("once over, stays over", () => {
    fc.assert(
      fc.property(fc.array(anyHeard, { maxLength: 20 }), anyHeard, (events, one) => {
        if (isOver(stateAfter(events))) expect(isOver(stateAfter([...events, one]))).toBe(true);
      }),
    );
  });

  test("knows the highest sequence that it has heard", () => {
    const state = stateAfter([
      { seq: 7, event: submitted() },
      { seq: 0, event: { type: "started", id, at: 2, analyzer: "faces", attempt: 1 } },
      { seq: 3, event: feature() },
    ]);
    expect(state.lastSeq).toBe(7);
  });

  test("ignores the events of another request", () => {
    const state = stateAfter(heard(submitted()));
    expect(reduce(state, { seq: 99, event: feature({ id: "BBBBBBBBBBBBBBBBBBBBBB" }) })).toBe(state);
  });

  test("passes over events of a kind that only a newer server knows", () => {
    const state = stateAfter(heard(submitted()));
    const strange = { type: "applause", id, at: 3 } as never;
    expect(reduce(state, { seq: 1, event: strange })).toEqual(state);
  });
});

describe("the place in the line", () => {
  const place = (ahead: number): Heard => ({ seq: 7, event: { type: "queue", id, ahead } });
  const start: Heard = { seq: 0, event: { type: "started", id, at: 2, analyzer: "faces", attempt: 1 } };
  const over = { type: "cancelled", id, at: 4, reason: "asked" } as const;

  test("is the best that was ever told, and nothing before that", () => {
    expect(aheadOf(emptyRoast(id))).toBe(0);
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1 }), (told) => {
        expect(aheadOf(stateAfter(told.map(place)))).toBe(Math.min(...told));
      }),
    );
  });

  test("is of no interest once somebody looks or it is over, whatever is heard first", () => {
    for (const event of [start, ...heard(over)]) {
      expect(aheadOf(stateAfter([place(3), event]))).toBe(0);
      expect(aheadOf(stateAfter([event, place(3)]))).toBe(0);
    }
  });

  test("is kept when one has reported that needs no time", () => {
    expect(aheadOf(stateAfter([place(3), ...heard(feature())]))).toBe(3);
  });

  test("is said aloud at first, and then only when it has changed noticeably", () => {
    const aloud: number[] = [];
    for (let ahead = 12; ahead >= 0; ahead -= 1) if (isNews(aloud.at(-1) ?? 0, ahead)) aloud.push(ahead);
    expect(aloud).toEqual([12, 6, 3, 2, 1]);
  });
});

describe("a lane", () => {
  const started = { type: "started", id, at: 2, analyzer: "faces", attempt: 1 } as const;
  const joined = {
    type: "joined",
    id,
    at: 9,
    complete: false,
    timed_out: true,
    missing: {},
  } as const;
  const faces = (...events: Parameters<typeof heard>) =>
    lanesOf(stateAfter(heard(submitted(), ...events))).find(({ name }) => name === "faces")?.status;

  test("waits, runs, and ends as its feature says", () => {
    expect(faces()).toBe("waiting");
    expect(faces(started)).toBe("running");
    expect(faces(started, feature())).toBe("ok");
    expect(faces(feature({ status: "failed", reason: "it broke", finding: null }))).toBe("failed");
    expect(faces(feature({ status: "skipped", reason: "no need", finding: null }))).toBe("skipped");
  });

  test("is late when the roast went ahead without it, and caught up when it reports after all", () => {
    expect(faces(started, joined)).toBe("late");
    expect(faces(started, joined, feature())).toBe("ok");
  });

  test("stays done when its start is heard after its end", () => {
    expect(faces(feature(), started)).toBe("ok");
  });
});

describe("the phase", () => {
  test("follows the request from arrival to ending", () => {
    const joined = {
      type: "joined" as const,
      id,
      at: 3,
      complete: true,
      timed_out: false,
      missing: {},
    };
    expect(phaseOf(emptyRoast(id))).toBe("arriving");
    expect(phaseOf(stateAfter(heard(submitted())))).toBe("looking");
    expect(phaseOf(stateAfter(heard(submitted(), joined)))).toBe("writing");
    const analysis = submitted({ product: "analysis", options: {} });
    expect(phaseOf(stateAfter(heard(analysis, joined)))).toBe("looking");
    expect(phaseOf(stateAfter(heard(analysis, joined, { type: "analyzed", id, at: 4 })))).toBe("done");
    const failed = { type: "failed" as const, id, at: 4, detail: "d", hint: "h" };
    expect(phaseOf(stateAfter(heard(submitted(), { ...failed, code: "expired" })))).toBe("failed");
    expect(phaseOf(stateAfter(heard(submitted(), { ...failed, code: "explicit" })))).toBe("refused");
    expect(phaseOf(stateAfter(heard(submitted(), { type: "cancelled", id, at: 4, reason: "asked" })))).toBe(
      "cancelled",
    );
  });
});
