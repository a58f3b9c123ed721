/** Photos that came together and are sent one after another: pure. */
import type { Problem } from "../request/problem";

/** `done`: the request is over, whatever came of it. `failed`: there was never a request. */
export type Step = "waiting" | "sending" | "roasting" | "done" | "failed";

export interface QueuedPhoto {
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
  readonly entries: readonly QueuedPhoto[];
  /** The one that the page shows although it has no address yet. */
  readonly front: number | null;
}

export type Change =
  | { type: "arrive"; entries: readonly Pick<QueuedPhoto, "key" | "name" | "photo">[] }
  | { type: "begin"; key: number }
  | { type: "progress"; key: number; share: number }
  | { type: "accepted"; key: number; id: string }
  | { type: "refused"; key: number; problem: Problem }
  /** Request `id` is over. */
  | { type: "over"; id: string }
  /** Tried once more, before all others. */
  | { type: "again"; key: number }
  | { type: "front"; key: number }
  /** The page shows something else. */
  | { type: "aside" }
  | { type: "leave"; key: number }
  | { type: "tidy" };

export const emptyQueue: Queue = { entries: [], front: null };

export function change(queue: Queue, what: Change): Queue {
  switch (what.type) {
    case "arrive":
      return arrive(queue, what.entries);
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
      return { ...standAside(queue, what.key), entries: queue.entries.filter(({ key }) => key !== what.key) };
    case "tidy":
      return { ...queue, entries: queue.entries.filter(isPending) };
    default:
      return what satisfies never;
  }
}

/** Whether something is still to happen to `entry`. */
export function isPending({ step }: QueuedPhoto): boolean {
  return step !== "done" && step !== "failed";
}

/** The photo to be sent next; null while there is none. One at a time: each is shown alone. */
export function nextUp({ entries, front }: Queue): number | null {
  if (entries.some(({ step }) => step === "sending")) return null;
  const waiting = entries.filter(({ step }) => step === "waiting");
  // The photo that the visitor looks at does not wait.
  if (waiting.some(({ key }) => key === front)) return front;
  return entries.some(({ step }) => step === "roasting") ? null : (waiting[0]?.key ?? null);
}

export function frontOf({ entries, front }: Queue): QueuedPhoto | null {
  return entries.find(({ key }) => key === front) ?? null;
}

/** New photos go to the end of the queue; when none waits there, the first of them is shown at once. */
function arrive(
  { entries, front }: Queue,
  newcomers: readonly Pick<QueuedPhoto, "key" | "name" | "photo">[],
): Queue {
  const line = entries.some(({ step }) => step === "waiting" || step === "sending");
  const others = entries.some(isPending) ? entries : [];
  const added = newcomers.map((one) => ({
    ...one,
    step: "waiting" as const,
    share: 0,
    id: null,
    problem: null,
    tries: 0,
  }));
  return { entries: [...others, ...added], front: line ? front : (added[0]?.key ?? front) };
}

function begin(queue: Queue, key: number): Queue {
  const tries = 1 + (queue.entries.find((entry) => entry.key === key)?.tries ?? 0);
  return alter(queue, key, { step: "sending", share: 0, problem: null, tries });
}

function alter(queue: Queue, key: number, part: Partial<QueuedPhoto>): Queue {
  return {
    ...queue,
    entries: queue.entries.map((entry) => (entry.key === key ? { ...entry, ...part } : entry)),
  };
}

function over(queue: Queue, id: string): Queue {
  const done = (entry: QueuedPhoto): QueuedPhoto =>
    entry.id === id && entry.step === "roasting" ? { ...entry, step: "done" } : entry;
  return { ...queue, entries: queue.entries.map(done) };
}

function standAside(queue: Queue, key: number): Queue {
  return queue.front === key ? { ...queue, front: null } : queue;
}

/** A problem that has been seen is over; what is on its way goes on. */
function aside(queue: Queue): Queue {
  if (queue.front === null) return queue;
  const alone = queue.entries.length === 1;
  const keeps = ({ key, step }: QueuedPhoto) => !(alone && key === queue.front && step === "failed");
  return { front: null, entries: queue.entries.filter(keeps) };
}
