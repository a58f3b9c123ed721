/** Photos that came together and go on stage one after another: pure. */
import type { Problem } from "../request/problem";

/** `done`: the show is over, whatever came of it. `failed`: there was never a show. */
export type Step = "waiting" | "sending" | "roasting" | "done" | "failed";

export interface Guest {
  readonly key: number;
  readonly name: string;
  /** The address of the photo as this browser holds it. */
  readonly photo: string;
  readonly step: Step;
  /** The share sent, 0..1. */
  readonly share: number;
  /** The request that is about it, once there is one. */
  readonly id: string | null;
  readonly problem: Problem | null;
  /** How often it has been sent. */
  readonly tries: number;
}

export interface Queue {
  /** In the order in which they came. */
  readonly guests: readonly Guest[];
  /** The one that the page shows although it has no address yet. */
  readonly front: number | null;
}

export type Change =
  | { type: "arrive"; guests: readonly Pick<Guest, "key" | "name" | "photo">[] }
  | { type: "begin"; key: number }
  | { type: "progress"; key: number; share: number }
  | { type: "accepted"; key: number; id: string }
  | { type: "refused"; key: number; problem: Problem }
  /** The show of request `id` is over. */
  | { type: "over"; id: string }
  /** Tried once more, in front of everybody. */
  | { type: "again"; key: number }
  | { type: "front"; key: number }
  /** The page shows something else. */
  | { type: "aside" }
  | { type: "leave"; key: number }
  | { type: "tidy" };

export const nobody: Queue = { guests: [], front: null };

export function change(queue: Queue, what: Change): Queue {
  switch (what.type) {
    case "arrive":
      return arrive(queue, what.guests);
    case "begin":
      return begin(queue, what.key);
    case "progress":
      return alter(queue, what.key, { share: what.share });
    case "accepted":
      return alter(standAside(queue, what.key), what.key, { step: "roasting", share: 1, id: what.id });
    case "refused":
      return alter(queue, what.key, { step: "failed", problem: what.problem });
    case "over":
      return over(queue, what.id);
    case "again":
      return alter({ ...queue, front: what.key }, what.key, { step: "waiting", share: 0 });
    case "front":
      return { ...queue, front: what.key };
    case "aside":
      return aside(queue);
    case "leave":
      return { ...standAside(queue, what.key), guests: queue.guests.filter(({ key }) => key !== what.key) };
    case "tidy":
      return { ...queue, guests: queue.guests.filter(isPending) };
    default:
      return what satisfies never;
  }
}

/** Whether something is still to happen to `guest`. */
export function isPending({ step }: Guest): boolean {
  return step !== "done" && step !== "failed";
}

/** Whose turn it is to be sent; null while it is nobody's. One at a time: each has the stage to itself. */
export function nextUp({ guests, front }: Queue): number | null {
  if (guests.some(({ step }) => step === "sending")) return null;
  const waiting = guests.filter(({ step }) => step === "waiting");
  // Whoever the visitor looks at waits for nobody.
  if (waiting.some(({ key }) => key === front)) return front;
  return guests.some(({ step }) => step === "roasting") ? null : (waiting[0]?.key ?? null);
}

export function frontOf({ guests, front }: Queue): Guest | null {
  return guests.find(({ key }) => key === front) ?? null;
}

/** Newcomers go to the end of a line; where nobody stands in line, the first of them goes on stage at once. */
function arrive(
  { guests, front }: Queue,
  newcomers: readonly Pick<Guest, "key" | "name" | "photo">[],
): Queue {
  const line = guests.some(({ step }) => step === "waiting" || step === "sending");
  const others = guests.some(isPending) ? guests : [];
  const added = newcomers.map((one) => ({
    ...one,
    step: "waiting" as const,
    share: 0,
    id: null,
    problem: null,
    tries: 0,
  }));
  return { guests: [...others, ...added], front: line ? front : (added[0]?.key ?? front) };
}

function begin(queue: Queue, key: number): Queue {
  const tries = 1 + (queue.guests.find((guest) => guest.key === key)?.tries ?? 0);
  return alter(queue, key, { step: "sending", share: 0, problem: null, tries });
}

function alter(queue: Queue, key: number, part: Partial<Guest>): Queue {
  return {
    ...queue,
    guests: queue.guests.map((guest) => (guest.key === key ? { ...guest, ...part } : guest)),
  };
}

function over(queue: Queue, id: string): Queue {
  const done = (guest: Guest): Guest =>
    guest.id === id && guest.step === "roasting" ? { ...guest, step: "done" } : guest;
  return { ...queue, guests: queue.guests.map(done) };
}

function standAside(queue: Queue, key: number): Queue {
  return queue.front === key ? { ...queue, front: null } : queue;
}

/** A problem that has been seen is over; what is on its way goes on. */
function aside(queue: Queue): Queue {
  if (queue.front === null) return queue;
  const alone = queue.guests.length === 1;
  const keeps = ({ key, step }: Guest) => !(alone && key === queue.front && step === "failed");
  return { front: null, guests: queue.guests.filter(keeps) };
}
