import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWhole, momentsOf, passed, record, stateAfter, typingOf } from "../../src/replay/recording";
import { emptyRoast, type Heard, type RoastState, reduce } from "../../src/request/reducer";
import { eventsOf } from "../../src/request/snapshot";
import { heardIn } from "../../src/request/sse";
import type { Feature, Joined, Line, Roast, RoastEvent, Snapshot } from "../../src/request/types";
import { lanesOf, passagesOf, phaseOf } from "../../src/request/view";
import { anyPlace, cued, feature, id, submitted } from "../events";

const names = ["faces", "quality", "text", "pose"];
const style = { persona: "critic", heat: "medium", length: "medium", language: "en", seed: null } as const;

const joined = (part: Partial<Joined>): Joined => ({
  ...{ type: "joined", id, at: 0, complete: true, timed_out: false, missing: {} },
  ...part,
});

const line = (n: number, text: string): Line => ({
  ...{ type: "line", id, at: 0, attempt: 1, n, joke: n, text, cues: ["c"] },
});

const roast = (lines: readonly Line[]): Roast => ({
  ...{ type: "roast", id, at: 0, text: lines.map(({ text }) => text).join(" ") },
  jokes: lines.map(({ text }) => ({ text, cues: ["c"] })),
  ...{ writer: "house", persona: "critic", heat: "medium", attempt: 1, write_ms: 1, first_word_ms: 1 },
  note: null,
});

const report = fc.record({
  analyzer: fc.constantFrom(...names),
  status: fc.constantFrom("ok" as const, "skipped" as const, "failed" as const),
  compute_ms: fc.integer({ min: 0, max: 4000 }),
  cached: fc.boolean(),
});

const end = fc.constantFrom("roast" as const, "failed" as const, "cancelled" as const);

function endingOf(how: "roast" | "failed" | "cancelled", lines: readonly Line[]): RoastEvent {
  if (how === "roast") return roast(lines);
  if (how === "failed") return { type: "failed", id, at: 0, code: "expired", detail: "d", hint: "h" };
  return { type: "cancelled", id, at: 0, reason: "asked" };
}

/** A finished request as the log holds it: one event a subject, rising sequences, clocks that disagree a little. */
const story: fc.Arbitrary<Heard[]> = fc
  .record({
    reports: fc.uniqueArray(report, { selector: ({ analyzer }) => analyzer, maxLength: 4 }),
    texts: fc.array(fc.constantFrom("Ha.", "What a tie!", "Who let it in?"), { maxLength: 4 }),
    end,
    clock: fc.array(fc.double({ min: -0.2, max: 3, noNaN: true }), { minLength: 13, maxLength: 13 }),
    first: fc.integer({ min: 1, max: 900 }),
  })
  .map(({ reports, texts, end, clock, first }) => {
    const missing = Object.fromEntries(
      names
        .filter((name) => !reports.some(({ analyzer }) => analyzer === name))
        .map((name) => [name, "late"]),
    );
    const lines = texts.map((text, n) => line(n, text));
    const features = reports.map((part) =>
      feature(part.status === "ok" ? part : { ...part, finding: null, reason: "so it is" }),
    );
    const events = [
      submitted({ expects: names }),
      ...features,
      joined({ missing }),
      cued({ at: 0 }),
      ...lines,
    ];
    let at = 1000;
    return [...events, endingOf(end, lines)].map((event, n) => {
      at += clock[n] ?? 0;
      return { seq: first + 2 * n, event: { ...event, at } };
    });
  });

/** A story, and the same one in any order with parts of it told twice. */
const retold = story.chain((told) =>
  fc.tuple(
    fc.constant(told),
    fc
      .subarray(told)
      .chain((twice) => fc.shuffledSubarray([...told, ...twice], { minLength: told.length + twice.length })),
  ),
);

/** What the server's document says of the same log; see gateway/snapshot.py. */
function documentOf(log: readonly Heard[]): Snapshot {
  const events = log.map(({ event }) => event);
  const of = <T extends RoastEvent["type"]>(type: T) =>
    events.filter((event): event is Extract<RoastEvent, { type: T }> => event.type === type);
  const [came, join, spoken, failed, cancelled] = [
    of("submitted")[0] ?? submitted(),
    of("joined")[0],
    of("roast")[0],
    of("failed")[0],
    of("cancelled")[0],
  ];
  const found = ({ type: _t, id: _i, at: _a, analyzer, attempt: _n, ...rest }: Feature) => [analyzer, rest];
  const missing = Object.entries(join?.missing ?? {}).map(([analyzer, reason]) => ({ analyzer, reason }));
  const timings = { submitted_at: 1, joined_ms: join ? 1 : null, first_line_ms: null, roast_ms: null };
  return {
    ...{
      id,
      status: cancelled ? "cancelled" : failed ? "failed" : "done",
      product: "roast",
      options: style,
      parent: null,
    },
    photo: { ...came.photo, url: "" },
    links: {} as Snapshot["links"],
    ...{
      ahead: 0,
      expects: names,
      features: Object.fromEntries(of("feature").map(found)),
      missing,
      cues: of("cued")[0]?.cues ?? [],
    },
    ...{ roast: spoken ?? null, failed: failed ?? null, timings: { ...timings, total_ms: null } },
  } as Snapshot;
}

/** All that the page shows of a finished request. */
function shown(state: RoastState) {
  const lanes = lanesOf(state).map(({ name, status, feature }) => ({
    ...{ name, status, finding: feature?.finding, reason: feature?.reason, took: feature?.compute_ms },
  }));
  // A document holds the finished roast alone: of words broken off it knows nothing.
  const words = state.ending?.type === "roast" ? passagesOf(state) : [];
  return { phase: phaseOf(state), lanes, words, cues: state.cued?.cues, missing: state.joined?.missing };
}

const played = (recording: readonly Heard[]) => {
  const moments = momentsOf(recording);
  return stateAfter(id, moments, moments.length);
};

describe("a request played again", () => {
  test("ends as the server's document says, in whatever order and however often its events were heard", () => {
    fc.assert(
      fc.property(retold, ([told, again]) => {
        const recording = again.reduce<readonly Heard[]>((recording, one) => record(recording, [one]), []);
        const document = eventsOf(documentOf(told)).reduce(reduce, emptyRoast(id));
        expect(shown(played(recording))).toEqual(shown(document));
        expect(isWhole(id, recording)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("ends as it was seen live, and passes only through states that the live page can be in", () => {
    fc.assert(
      fc.property(retold, fc.nat(40), ([told, again], cut) => {
        const moments = momentsOf(record([], again));
        const live = told.reduce(reduce, emptyRoast(id));
        expect({ ...played(again), started: {} }).toEqual({ ...live, started: {} });
        const some = stateAfter(id, moments, cut);
        const rest = moments.slice(cut).reduce(reduce, some);
        expect(rest).toEqual(stateAfter(id, moments, moments.length));
      }),
    );
  });

  test("has its stored events in the order of the log, at times that never go back", () => {
    fc.assert(
      fc.property(retold, ([told, again]) => {
        const moments = momentsOf(record([], again));
        const stored = moments.filter(({ seq }) => seq > 0);
        expect(stored.map(({ seq }) => seq)).toEqual(told.map(({ seq }) => seq));
        const times = moments.map(({ at }) => at);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(moments[0]).toMatchObject({ at: 0, event: { type: "submitted" } });
      }),
    );
  });

  test("shows every piece of work beginning before it is reported, and says that it was worked out", () => {
    fc.assert(
      fc.property(story, (told) => {
        const moments = momentsOf(told);
        const place = (type: string, name: string) =>
          moments.findIndex(
            ({ event }) => event.type === type && "analyzer" in event && event.analyzer === name,
          );
        for (const { event } of moments) {
          if (event.type !== "feature") continue;
          const start = place("started", event.analyzer);
          if (event.cached || event.status === "skipped") expect(start).toBe(-1);
          else {
            expect(start).toBeGreaterThanOrEqual(1);
            expect(start).toBeLessThan(place("feature", event.analyzer));
            expect(moments[start]).toMatchObject({ derived: true, seq: 0 });
          }
        }
      }),
    );
  });

  test("shows nothing of the line that it stood in", () => {
    fc.assert(
      fc.property(story, fc.array(fc.tuple(fc.nat(40), anyPlace)), (told, places) => {
        const heard = places.reduce<readonly Heard[]>(
          (all, [n, event]) => all.toSpliced(n, 0, { seq: all[n]?.seq ?? 0, event }),
          told,
        );
        expect(record([], heard)).toEqual(told);
      }),
    );
  });

  test("keeps the starts that were really heard", () => {
    const heard = [
      { seq: 1, event: submitted({ at: 10 }) },
      { seq: 1, event: { type: "started" as const, id, at: 10.25, analyzer: "faces", attempt: 1 } },
      { seq: 2, event: feature({ at: 11, compute_ms: 400 }) },
    ];
    const starts = momentsOf(record([], heard)).filter(({ event }) => event.type === "started");
    expect(starts).toMatchObject([{ at: 250, derived: false }]);
  });

  test("is nothing yet when only a document is known", () => {
    const told = record([], eventsOf(documentOf([{ seq: 1, event: submitted() }])));
    expect(told).toEqual([]);
    expect(momentsOf(told)).toEqual([]);
    expect(isWhole(id, told)).toBe(false);
  });
});

describe("finding the moment", () => {
  test("counts what has happened by then, and no more", () => {
    const times = fc.array(fc.nat(50)).map((all) => all.sort((a, b) => a - b).map((at) => ({ at })));
    fc.assert(
      fc.property(times, fc.integer({ min: -5, max: 60 }), (moments, position) => {
        expect(passed(moments, position)).toBe(moments.filter(({ at }) => at <= position).length);
      }),
    );
  });
});

describe("the typing of a roast played again", () => {
  test("comes to its last word, never goes back, and never runs ahead of what was written", () => {
    fc.assert(
      fc.property(story, (told) => {
        const moments = momentsOf(told);
        const typing = typingOf(id, moments);
        const text = (state: RoastState) =>
          passagesOf(state)
            .map((passage) => passage.text)
            .join("\n");
        expect(typing).toHaveLength(text(played(told)).length);
        typing.forEach(({ at }, n) => {
          expect(at).toBeGreaterThan(typing[n - 1]?.at ?? -1);
          const state = stateAfter(id, moments, passed(moments, at));
          expect(n).toBeLessThan(text(state).length);
        });
      }),
    );
  });
});

describe("a stream read at once", () => {
  test("gives back the events that were sent, whatever stands between them", () => {
    fc.assert(
      fc.property(story, fc.constantFrom("\n", "\r\n"), (told, end) => {
        const frames = told.flatMap(({ seq, event }) => [
          [": still here", ""],
          [`id: ${seq}`, `event: ${event.type}`, `data: ${JSON.stringify(event)}`, ""],
        ]);
        const text = [["retry: 1000", ""], ...frames].map((lines) => `${lines.join(end)}${end}`).join("");
        expect(heardIn(text)).toEqual(told);
      }),
    );
  });

  test("passes over a frame that broke off", () => {
    expect(heardIn("event: submitted\n\nid: 4\n\n")).toEqual([]);
  });
});
