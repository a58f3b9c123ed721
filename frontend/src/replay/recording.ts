/**
 * A request as it can be played again: its stored events, each at its moment.
 *
 * Sequence numbers give the order, since clocks of several machines do not; the clocks give the pace. What is not
 * stored, the start of an analyzer's work, is put back where its own report says that it was.
 */
import { emptyRoast, type Heard, type RoastState, reduce } from "../request/reducer";
import type { Feature, LogEvent, Started } from "../request/types";
import { isOver, passagesOf } from "../request/view";
import { pause } from "../speech/typing";

/** An event and when it happened, in ms since the photo came in. */
export interface Moment {
  readonly seq: number;
  readonly event: LogEvent;
  readonly at: number;
  /** Whether it was worked out from another event, as it is not stored itself. */
  readonly derived: boolean;
}

/** `recording` with what has come, each event once. What comes from a snapshot has no place in the log, nor here. */
export function record(recording: readonly Heard[], heard: readonly Heard[]): readonly Heard[] {
  const known = new Set(recording.map(nameOf));
  const fresh = heard.filter((one) => {
    const name = nameOf(one);
    return name !== null && !known.has(name) && known.add(name);
  });
  return fresh.length > 0 ? [...recording, ...fresh] : recording;
}

/**
 * What makes an event the same event. A start is not stored, so the sequence that it came with is another's. A position
 * in the queue is none: the wait is over when there is something to play again.
 */
function nameOf({ seq, event }: Heard): string | null {
  if (event.type === "queue") return null;
  if (event.type === "started") return `${event.analyzer} ${event.attempt} ${event.at}`;
  return seq > 0 ? `${seq}` : null;
}

/** Whether the recording holds the request from its beginning to its end. */
export function isWhole(id: string, recording: readonly Heard[]): boolean {
  return (
    recording.some(({ event }) => event.type === "submitted") &&
    isOver(recording.reduce(reduce, emptyRoast(id)))
  );
}

/** The moments of `recording` in the order in which they happened, whatever the order in which they came. */
export function momentsOf(recording: readonly Heard[]): Moment[] {
  const stored = recording.filter(isStored).sort((a, b) => a.seq - b.seq);
  const origin = stored[0]?.event.at ?? 0;
  let latest = 0;
  const moments = stored.map(({ seq, event }) => {
    latest = Math.max(latest, since(origin, event.at));
    return { seq, event, at: latest, derived: false };
  });
  const starts = startsOf(recording, moments, origin);
  return [...moments, ...starts].sort((a, b) => a.at - b.at || rank(a) - rank(b));
}

function isStored(heard: Heard): heard is Heard & { readonly event: LogEvent } {
  return heard.event.type !== "started" && heard.event.type !== "queue";
}

/** Of equally late events a start comes first, but for the one that everything begins with. */
function rank({ event, seq }: Moment): number {
  if (event.type === "submitted") return -1;
  return event.type === "started" ? 0 : seq;
}

/** The starts that came, and those that did not, worked out from the reports; none later than its own report. */
function startsOf(recording: readonly Heard[], moments: readonly Moment[], origin: number): Moment[] {
  const reports = new Map(
    moments.flatMap(({ event, at }) => (event.type === "feature" ? [[event.analyzer, { event, at }]] : [])),
  );
  const came = recording.flatMap(({ event }) => (event.type === "started" ? [event] : []));
  const silent = [...reports.values()].filter(
    ({ event }) => worked(event) && !came.some(({ analyzer }) => analyzer === event.analyzer),
  );
  const limit = (analyzer: string) => reports.get(analyzer)?.at ?? Number.POSITIVE_INFINITY;
  const momentOf = (event: Started, derived: boolean): Moment => {
    const at = Math.min(since(origin, event.at), limit(event.analyzer));
    return { seq: 0, event, at, derived };
  };
  return [
    ...came.map((event) => momentOf(event, false)),
    ...silent.map(({ event }) => momentOf(startOf(event), true)),
  ];
}

function worked({ status, cached }: Feature): boolean {
  return status !== "skipped" && !cached;
}

function startOf({ id, analyzer, attempt, at, compute_ms }: Feature): Started {
  return { type: "started", id, analyzer, attempt, at: (at ?? 0) - compute_ms / 1000 };
}

function since(origin: number, at: number | undefined): number {
  return Math.max(0, ((at ?? origin) - origin) * 1000);
}

/** How many of `moments` are over at `position` ms. */
export function passed(moments: readonly { at: number }[], position: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle]?.at ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The page's state after the first `count` moments: the same reducer as live, over the events up to there. */
export function stateAfter(id: string, moments: readonly Moment[], count: number): RoastState {
  return moments.slice(0, count).reduce(reduce, emptyRoast(id));
}

/** When each character of the roast is out, in ms: typed at the pace of a live request, never before it was written. */
export function typingOf(id: string, moments: readonly Moment[]): { at: number }[] {
  const out: { at: number }[] = [];
  let state = emptyRoast(id);
  moments.forEach((moment, n) => {
    state = reduce(state, moment);
    if (moment.event.type !== "line" && moment.event.type !== "roast") return;
    const text = textOf(state);
    const until = nextWords(moments, n);
    let at = Math.max(moment.at, out.at(-1)?.at ?? 0);
    while (out.length < text.length) {
      at += pause(text, out.length);
      if (at > until) break;
      out.push({ at });
    }
  });
  return out;
}

function textOf(state: RoastState): string {
  return passagesOf(state)
    .map(({ text }) => text)
    .join("\n");
}

function nextWords(moments: readonly Moment[], n: number): number {
  const next = moments.slice(n + 1).find(({ event }) => event.type === "line" || event.type === "roast");
  return next?.at ?? Number.POSITIVE_INFINITY;
}
