import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unreachable } from "../../src/request/problem";
import {
  type Change,
  change,
  emptyQueue,
  frontOf,
  isPending,
  nextUp,
  type Queue,
} from "../../src/upload/queue";

const entries = (...keys: number[]) => keys.map((key) => ({ key, name: `${key}.jpg`, photo: `blob:${key}` }));
const play = (changes: readonly Change[], from: Queue = emptyQueue) => changes.reduce(change, from);
const steps = ({ entries: all }: Queue) => all.map(({ key, step }) => [key, step]);

/** What happens when entry `key` has its turn, up to where `until` says. */
const turn = (key: number): Change[] => [
  { type: "begin", key },
  { type: "accepted", key, id: `id${key}` },
  { type: "over", id: `id${key}` },
];

describe("photos that come together", () => {
  const three = play([{ type: "arrive", entries: entries(1, 2, 3) }]);

  test("have the first of them on stage at once", () => {
    expect(frontOf(three)?.key).toBe(1);
    expect(nextUp(three)).toBe(1);
  });

  test("go on one after another, each when the one before is over", () => {
    let queue = three;
    for (const key of [1, 2, 3]) {
      expect(nextUp(queue)).toBe(key);
      for (const what of turn(key).slice(0, 2)) {
        queue = change(queue, what);
        expect(nextUp(queue)).toBeNull();
      }
      queue = change(queue, { type: "over", id: `id${key}` });
    }
    expect(nextUp(queue)).toBeNull();
    expect(queue.entries.some(isPending)).toBe(false);
  });

  test("do not wait for one that was turned away", () => {
    const queue = play(
      [
        { type: "begin", key: 1 },
        { type: "refused", key: 1, problem: unreachable() },
      ],
      three,
    );
    expect(nextUp(queue)).toBe(2);
    expect(frontOf(queue)?.problem?.code).toBe("unreachable");
  });

  test("can be taken out of the line", () => {
    expect(steps(play([{ type: "leave", key: 2 }, ...turn(1)], three))).toEqual([
      [1, "done"],
      [3, "waiting"],
    ]);
  });
});

describe("a photo that comes later", () => {
  test("goes on stage at once when nobody stands in line, even while another is judged", () => {
    const queue = play([
      { type: "arrive", entries: entries(1) },
      ...turn(1).slice(0, 2),
      { type: "arrive", entries: entries(2) },
    ]);
    expect(nextUp(queue)).toBe(2);
    expect(frontOf(queue)?.key).toBe(2);
  });

  test("stands in line behind those who do", () => {
    const queue = play([
      { type: "arrive", entries: entries(1, 2) },
      { type: "begin", key: 1 },
      { type: "arrive", entries: entries(3) },
    ]);
    expect(queue.entries.map(({ key }) => key)).toEqual([1, 2, 3]);
    expect(frontOf(queue)?.key).toBe(1);
  });

  test("finds a tidy stage when all the others are over", () => {
    const queue = play([
      { type: "arrive", entries: entries(1) },
      ...turn(1),
      { type: "arrive", entries: entries(2) },
    ]);
    expect(steps(queue)).toEqual([[2, "waiting"]]);
  });
});

describe("what the visitor does", () => {
  test("looking elsewhere lets an upload go on, and a lone problem go", () => {
    const one = play([
      { type: "arrive", entries: entries(1) },
      { type: "begin", key: 1 },
    ]);
    expect(steps(change(one, { type: "aside" }))).toEqual([[1, "sending"]]);
    const failed = change(one, { type: "refused", key: 1, problem: unreachable() });
    expect(change(failed, { type: "aside" })).toEqual(emptyQueue);
  });

  test("trying again counts, and comes before everybody who waits", () => {
    const queue = play([
      { type: "arrive", entries: entries(1, 2) },
      { type: "begin", key: 1 },
      { type: "refused", key: 1, problem: unreachable() },
      { type: "begin", key: 2 },
      { type: "accepted", key: 2, id: "id2" },
      { type: "again", key: 1 },
    ]);
    expect(nextUp(queue)).toBe(1);
    expect(change(queue, { type: "begin", key: 1 }).entries[0]).toMatchObject({ tries: 2, problem: null });
  });
});

test("whatever happens in whatever order, nobody is lost, doubled, or kept waiting on an empty stage", () => {
  const key = fc.integer({ min: 1, max: 5 });
  const some: fc.Arbitrary<Change> = fc.oneof(
    key.map((key): Change => ({ type: "begin", key })),
    key.map((key): Change => ({ type: "progress", key, share: 0.5 })),
    key.map((key): Change => ({ type: "accepted", key, id: `id${key}` })),
    key.map((key): Change => ({ type: "refused", key, problem: unreachable() })),
    key.map((key): Change => ({ type: "over", id: `id${key}` })),
    key.map((key): Change => ({ type: "front", key })),
    fc.constant<Change>({ type: "aside" }),
  );
  fc.assert(
    fc.property(fc.array(some, { maxLength: 40 }), (changes) => {
      const queue = play([{ type: "arrive", entries: entries(1, 2, 3, 4, 5) }, ...changes]);
      expect(queue.entries.map(({ key }) => key)).toEqual([1, 2, 3, 4, 5]);
      const open = queue.entries.some(({ step }) => step === "waiting");
      const busy = queue.entries.some(({ step }) => step === "sending" || step === "roasting");
      if (open && !busy) expect(nextUp(queue)).not.toBeNull();
      const next = nextUp(queue);
      if (next !== null) expect(queue.entries.find(({ key }) => key === next)?.step).toBe("waiting");
    }),
  );
});
