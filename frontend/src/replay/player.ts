/** The player of a replay, and the stretch of time that it moves in. Pure. */
import type { Heard } from "../request/reducer";
import { type Moment, momentsOf, passed, typingOf } from "./recording";

/** A request as something to be played. */
export interface Reel {
  readonly moments: readonly Moment[];
  /** When each character of the roast is out. */
  readonly typing: readonly { at: number }[];
  /** Until the last event has happened and the last word is out, in ms. */
  readonly duration: number;
}

/** The reel of request `id`; with `still`, words are there as soon as they are written. */
export function reelOf(id: string, recording: readonly Heard[], still: boolean): Reel {
  const moments = momentsOf(recording);
  const typing = still ? [] : typingOf(id, moments);
  return { moments, typing, duration: Math.max(moments.at(-1)?.at ?? 0, typing.at(-1)?.at ?? 0) };
}

/** The share of the slider that the events have at least, however long the words take after them. */
const EVENTS = 0.65;

/** Where the last event is, in ms, and how much of the slider lies before it. */
function tailOf({ moments, duration }: Reel): readonly [last: number, before: number] {
  const last = moments.at(-1)?.at ?? 0;
  return last < duration ? [last, Math.max(EVENTS, last / duration)] : [duration, 1];
}

/** The place of `position` ms on the slider, 0..1. Typing takes long and little happens in it: it gets less room. */
export function placeOf(reel: Reel, position: number): number {
  const [last, before] = tailOf(reel);
  if (position <= last) return last > 0 ? (before * position) / last : 0;
  return before + ((1 - before) * (position - last)) / (reel.duration - last);
}

/** The moment in ms at a `place` on the slider. */
export function momentAt(reel: Reel, place: number): number {
  const [last, before] = tailOf(reel);
  if (place <= before) return (last * place) / before;
  return last + ((reel.duration - last) * (place - before)) / (1 - before);
}

/** Where a step from `position` leads: to the next event, or the one before; beyond them to the ends. */
export function stepFrom({ moments, duration }: Reel, position: number, forward: boolean): number {
  if (forward) return moments[passed(moments, position)]?.at ?? duration;
  let before = passed(moments, position) - 1;
  while (before >= 0 && (moments[before]?.at ?? 0) >= position) before -= 1;
  return moments[before]?.at ?? 0;
}

export interface Player {
  /** In ms since the photo came in; null when the page shows what is, and not what was. */
  readonly position: number | null;
  readonly playing: boolean;
  readonly rate: number;
}

export type Command =
  | { readonly type: "seek"; readonly position: number }
  | { readonly type: "step"; readonly forward: boolean }
  | { readonly type: "toggle" }
  | { readonly type: "rate"; readonly rate: number }
  | { readonly type: "tick"; readonly elapsed: number }
  | { readonly type: "leave" };

export const idle: Player = { position: null, playing: false, rate: 1 };

/** The player after `order`. It stays on the reel, and stands still at its end. */
export function obey(player: Player, order: Command, reel: Reel): Player {
  const position = player.position ?? 0;
  const at = (to: number) => Math.min(reel.duration, Math.max(0, to));
  switch (order.type) {
    case "seek":
      return { ...player, position: at(order.position), playing: false };
    case "step":
      return { ...player, position: at(stepFrom(reel, position, order.forward)), playing: false };
    case "toggle": {
      if (player.playing) return { ...player, playing: false };
      const anew = player.position === null || position >= reel.duration;
      return { ...player, position: anew ? 0 : position, playing: true };
    }
    case "rate":
      return { ...player, rate: order.rate };
    case "tick": {
      if (!player.playing) return player;
      const next = at(position + order.elapsed * player.rate);
      return { ...player, position: next, playing: next < reel.duration };
    }
    case "leave":
      return { ...idle, rate: player.rate };
  }
}
