import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Command,
  idle,
  momentAt,
  obey,
  type Player,
  placeOf,
  type Reel,
  stepFrom,
} from "../../src/replay/player";
import { passed } from "../../src/replay/recording";
import { orderOf } from "../../src/replay/useShortcuts";
import { submitted } from "../events";

const reel: fc.Arbitrary<Reel> = fc
  .record({
    times: fc.array(fc.nat(5000), { maxLength: 12 }),
    words: fc.array(fc.nat(9000), { maxLength: 6 }),
  })
  .map(({ times, words }) => {
    const moments = [0, ...times.sort((a, b) => a - b)].map((at, n) => ({
      ...{ seq: n + 1, event: submitted(), at, derived: false },
    }));
    const typing = words.sort((a, b) => a - b).map((at) => ({ at }));
    return { moments, typing, duration: Math.max(moments.at(-1)?.at ?? 0, typing.at(-1)?.at ?? 0) };
  });

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.integer({ min: -500, max: 12_000 }).map((position) => ({ type: "seek" as const, position })),
  fc.boolean().map((forward) => ({ type: "step" as const, forward })),
  fc.constant({ type: "toggle" as const }),
  fc.constantFrom(1, 4).map((rate) => ({ type: "rate" as const, rate })),
  fc.nat(400).map((elapsed) => ({ type: "tick" as const, elapsed })),
  fc.constant({ type: "leave" as const }),
);

const played = (orders: readonly Command[], film: Reel, from: Player = idle) =>
  orders.reduce((player, order) => obey(player, order, film), from);

describe("the player", () => {
  test("never leaves the reel, and plays only where there is more to play", () => {
    fc.assert(
      fc.property(reel, fc.array(command, { maxLength: 25 }), (film, orders) => {
        const { position, playing } = played(orders, film);
        expect(position ?? 0).toBeGreaterThanOrEqual(0);
        expect(position ?? 0).toBeLessThanOrEqual(film.duration);
        if (position === null) expect(playing).toBe(false);
      }),
    );
  });

  test("meets every moment once on its way by steps, and the same ones on the way back", () => {
    fc.assert(
      fc.property(reel, (film) => {
        const times = [...new Set(film.moments.map(({ at }) => at))];
        const forth: number[] = [0];
        while ((forth.at(-1) ?? 0) < (times.at(-1) ?? 0)) forth.push(stepFrom(film, forth.at(-1) ?? 0, true));
        expect(forth).toEqual(times);
        expect(stepFrom(film, times.at(-1) ?? 0, true)).toBe(film.duration);
        const back: number[] = [times.at(-1) ?? 0];
        while ((back.at(-1) ?? 0) > 0) back.push(stepFrom(film, back.at(-1) ?? 0, false));
        expect(back.reverse()).toEqual(times);
      }),
    );
  });

  test("plays four times as fast at 4×", () => {
    const film: Reel = { moments: [], typing: [{ at: 10_000 }], duration: 10_000 };
    const play: Command[] = [{ type: "toggle" }, { type: "tick", elapsed: 100 }];
    expect(played(play, film).position).toBe(100);
    expect(played([{ type: "rate", rate: 4 }, ...play], film).position).toBe(400);
  });

  test("stops at the end, and begins anew when it is played from there", () => {
    const film: Reel = { moments: [], typing: [{ at: 50 }], duration: 50 };
    const ended = played([{ type: "toggle" }, { type: "tick", elapsed: 80 }], film);
    expect(ended).toEqual({ position: 50, playing: false, rate: 1 });
    expect(played([{ type: "toggle" }], film, ended)).toEqual({ position: 0, playing: true, rate: 1 });
  });

  test("stands still where it is put, and forgets the place but not the pace when it is left", () => {
    const film: Reel = { moments: [], typing: [{ at: 50 }], duration: 50 };
    const put = played([{ type: "rate", rate: 4 }, { type: "toggle" }, { type: "seek", position: 20 }], film);
    expect(put).toEqual({ position: 20, playing: false, rate: 4 });
    expect(played([{ type: "leave" }], film, put)).toEqual({ position: null, playing: false, rate: 4 });
  });
});

describe("the slider", () => {
  test("has a place for every moment, in their order, and finds it again", () => {
    fc.assert(
      fc.property(reel, fc.double({ min: 0, max: 1, noNaN: true }), (film, share) => {
        const position = share * film.duration;
        const place = placeOf(film, position);
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThanOrEqual(1 + 1e-9);
        expect(momentAt(film, place)).toBeCloseTo(position, 6);
        expect(placeOf(film, Math.min(film.duration, position + 1))).toBeGreaterThanOrEqual(place);
        // The last event is never squeezed into the beginning, however long the words take.
        const last = film.moments.at(-1)?.at ?? 0;
        if (last > 0) expect(placeOf(film, last)).toBeGreaterThanOrEqual(0.65);
        expect(passed(film.moments, momentAt(film, 1) + 1e-6)).toBe(film.moments.length);
      }),
    );
  });
});

test.each([
  [" ", { type: "toggle" }],
  ["ArrowRight", { type: "step", forward: true }],
  ["ArrowLeft", { type: "step", forward: false }],
  ["a", null],
])("the key %j orders %j", (key, order) => {
  expect(orderOf(key)).toEqual(order);
});
