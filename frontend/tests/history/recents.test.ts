import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  ago,
  amend,
  drop,
  isGone,
  isThumbnail,
  lineOf,
  MOST,
  parse,
  type Recent,
} from "../../src/history/recents";
import { emptyRoast, reduce } from "../../src/request/reducer";
import { feature, id, submitted } from "../events";

const entry = (part: Partial<Recent> = {}): Recent => ({
  id,
  at: 1000,
  persona: "critic",
  line: "",
  thumbnail: "",
  gone: false,
  ...part,
});

const anId = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
const anEntry: fc.Arbitrary<Recent> = fc.record({
  id: anId,
  at: fc.integer({ min: 0, max: 2e12 }),
  persona: fc.string({ maxLength: 20 }),
  line: fc.string({ maxLength: 140 }),
  thumbnail: fc.constantFrom("", "data:image/jpeg;base64,AAAA"),
  gone: fc.boolean(),
});

describe("the list of recent roasts", () => {
  test("holds each roast once, the newest first, and no more than it may", () => {
    fc.assert(
      fc.property(fc.array(anEntry, { maxLength: 60 }), (entries) => {
        const list = entries.reduce<readonly Recent[]>(add, []);
        expect(list.length).toBe(Math.min(MOST, new Set(entries.map((one) => one.id)).size));
        expect(new Set(list.map((one) => one.id)).size).toBe(list.length);
        expect(list.map(({ at }) => at)).toEqual(list.map(({ at }) => at).sort((a, b) => b - a));
      }),
    );
  });

  test("is the same after it was stored and read", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anEntry, { maxLength: MOST, selector: (one) => one.id }), (list) => {
        expect(parse(JSON.stringify(list))).toEqual(list);
      }),
    );
  });

  test("takes nothing in that is none of ours, whatever lies in the storage", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        for (const { thumbnail, id: retention } of parse(text)) {
          expect(retention).toMatch(/^[\w-]{22}$/);
          expect(thumbnail === "" || isThumbnail(thumbnail)).toBe(true);
        }
      }),
    );
    expect(parse(JSON.stringify([{ ...entry(), thumbnail: "https://elsewhere.example/spy.gif" }]))).toEqual([
      entry(),
    ]);
    expect(parse(JSON.stringify([{ ...entry(), id: "../../evil" }]))).toEqual([]);
  });

  test("gives back what was taken off it", () => {
    const list = [
      entry({ at: 9 }),
      entry({ id: "B".repeat(22), at: 5 }),
      entry({ id: "C".repeat(22), at: 1 }),
    ];
    const [, second] = list as [Recent, Recent, Recent];
    const without = drop(list, [second.id]);
    expect(without).toHaveLength(2);
    expect(add(without, second)).toEqual(list);
  });

  test("learns nothing of a roast that was taken off it", () => {
    expect(amend([], id, { line: "Too late." })).toEqual([]);
    expect(amend([entry()], id, { line: "In time." })).toEqual([entry({ line: "In time." })]);
  });
});

describe("an entry fades", () => {
  test.each([
    ["when its time on the server is over", entry(), 61_001, 60, true],
    ["not before", entry(), 61_000, 60, false],
    ["when the server said that it is gone", entry({ gone: true }), 1000, 60, true],
    ["not as long as nobody knows how long it is kept", entry(), 1e15, null, false],
  ])("%s", (_, one, now, retention, gone) => {
    expect(isGone(one, now, retention)).toBe(gone);
  });
});

describe("what an entry says", () => {
  const told = (text: string) =>
    reduce(reduce(emptyRoast(id), { seq: 1, event: submitted() }), {
      seq: 2,
      event: {
        type: "roast",
        id,
        at: 3,
        text,
        jokes: [{ text, cues: ["c"] }],
        writer: "house",
        persona: "critic",
        heat: "medium",
        attempt: 1,
        write_ms: 1,
        first_word_ms: 1,
        note: null,
      },
    });

  test("is the first line, cut where it would be long", () => {
    expect(lineOf(told("A cat, at last."))).toBe("A cat, at last.");
    const long = lineOf(told("word ".repeat(100).trim()));
    expect(long.length).toBeLessThanOrEqual(140);
    expect(long).toMatch(/word…$/);
  });

  test("is how it ended when there was no roast", () => {
    const base = reduce(emptyRoast(id), { seq: 1, event: feature() });
    const ended = (code: string) =>
      reduce(base, { seq: 2, event: { type: "failed", id, at: 3, code, detail: "d", hint: "" } });
    expect(lineOf(ended("explicit"))).toBe("The house declined.");
    expect(lineOf(ended("expired"))).toBe("No roast came of it.");
    expect(
      lineOf(reduce(base, { seq: 2, event: { type: "cancelled", id, at: 3, reason: "asked" } })),
    ).toMatch(/^Stopped/);
  });
});

test.each([
  [0, "just now"],
  [-5000, "just now"],
  [59_999, "just now"],
  [60_000, "1 minute ago"],
  [3_599_999, "59 minutes ago"],
  [7_200_000, "2 hours ago"],
  [86_400_000, "1 day ago"],
])("%d ms are %s", (passed, words) => {
  expect(ago(1_000_000_000_000, 1_000_000_000_000 + passed)).toBe(words);
});
