/**
 * One request as the page knows it: state × event → state.
 *
 * The state is a join-semilattice: every event has a slot of its own (as it has a subject of its own in the log), and
 * two events that claim one slot are settled by a fixed total order. So events may come in any order and any number of
 * times, from the live stream, from a resumed one or from a snapshot, and the page always ends up the same.
 */
import type {
  Cued,
  Deadline,
  Ending,
  Feature,
  Joined,
  Line,
  LogEvent,
  RoastEvent,
  Started,
  Submitted,
} from "./types";

export interface RoastState {
  readonly id: string;
  readonly submitted: Submitted | null;
  readonly started: Readonly<Record<string, Started>>;
  readonly features: Readonly<Record<string, Feature>>;
  readonly deadlines: Readonly<Record<string, Deadline>>;
  readonly joined: Joined | null;
  readonly cued: Cued | null;
  /** Keyed by `attempt.n`. */
  readonly lines: Readonly<Record<string, Line>>;
  readonly ending: Ending | null;
  /** The least number of photos that were said to be on before this one: a line only ever gets shorter. */
  readonly ahead: number | null;
  /** The highest stream sequence seen: where a new connection goes on. */
  readonly lastSeq: number;
}

/** An event and its place in the log; 0 for those that have none (`started`, `queue`, those read from a snapshot). */
export interface Heard {
  readonly seq: number;
  readonly event: RoastEvent;
}

export function emptyRoast(id: string): RoastState {
  return {
    id,
    submitted: null,
    started: {},
    features: {},
    deadlines: {},
    joined: null,
    cued: null,
    lines: {},
    ending: null,
    ahead: null,
    lastSeq: 0,
  };
}

/** The state after `heard`. Events of another request change nothing. */
export function reduce(state: RoastState, heard: Heard): RoastState {
  if (heard.event.id !== state.id) return state;
  const next = place(state, heard.event);
  return heard.seq > next.lastSeq ? { ...next, lastSeq: heard.seq } : next;
}

function place(state: RoastState, event: RoastEvent): RoastState {
  switch (event.type) {
    case "submitted":
      return { ...state, submitted: settle(state.submitted, event) };
    case "started":
      return { ...state, started: put(state.started, event.analyzer, event) };
    case "feature":
      return { ...state, features: put(state.features, event.analyzer, event) };
    case "deadline":
      return { ...state, deadlines: put(state.deadlines, event.what, event) };
    case "joined":
      return { ...state, joined: settle(state.joined, event) };
    case "cued":
      return { ...state, cued: settle(state.cued, event) };
    case "line":
      return { ...state, lines: put(state.lines, `${event.attempt}.${event.n}`, event) };
    case "roast":
    case "analyzed":
    case "failed":
    case "cancelled":
      return { ...state, ending: settle(state.ending, event) };
    case "queue":
      return { ...state, ahead: Math.min(state.ahead ?? event.ahead, event.ahead) };
    default:
      return ignore(event, state);
  }
}

/** The compiler proves that no known event ends up here; one of a newer server does, and is passed over. */
function ignore(_event: never, state: RoastState): RoastState {
  return state;
}

function put<E extends LogEvent>(slots: Readonly<Record<string, E>>, key: string, event: E) {
  const retention = settle(slots[key] ?? null, event);
  return retention === slots[key] ? slots : { ...slots, [key]: retention };
}

/** The one of two claims to a slot that is kept: the later, and of equally late ones the greater text. */
function settle<E extends LogEvent>(held: E | null, event: E): E {
  if (held === null) return event;
  const difference = (event.at ?? 0) - (held.at ?? 0);
  if (difference !== 0) return difference > 0 ? event : held;
  return canonical(event) > canonical(held) ? event : held;
}

/** JSON with sorted keys: equal values give equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
