/** When each analyzer waited and looked, in milliseconds after the photo came in: from the events, never made up. */
import type { RoastState } from "../request/reducer";
import type { Lane } from "../request/view";

export interface Span {
  /** Since when everything it needs was there. */
  readonly queued: number;
  /** When it began to look; where it did not look, its end. */
  readonly began: number;
  /** Null as long as it is at it. */
  readonly ended: number | null;
}

export interface Schedule {
  readonly spans: Readonly<Record<string, Span>>;
  /** Until the findings were joined; null before. */
  readonly joined: number | null;
  /** The analyzers on the critical path, in their order: each waited for the one before. */
  readonly path: readonly string[];
}

/** The analyzers that each analyzer needs findings of. */
export type Needs = Readonly<Record<string, readonly string[]>>;

/** The times of a request, as far as its events are known: what only a snapshot tells of has no time. */
export function scheduleOf(state: RoastState, needs: Needs): Schedule {
  const start = state.submitted?.at;
  if (!start) return { spans: {}, joined: null, path: [] };
  const since = (at: number) => Math.max(0, (at - start) * 1000);
  const spans: Record<string, Span> = {};
  for (const { analyzer, at, status, cached, compute_ms, queue_ms } of Object.values(state.features)) {
    if (!at) continue;
    const ended = since(at);
    // The cost of what was remembered was paid by another request.
    const began = Math.max(0, ended - (status === "ok" && !cached ? (compute_ms ?? 0) : 0));
    spans[analyzer] = { queued: Math.max(0, began - (queue_ms ?? 0)), began, ended };
  }
  for (const { analyzer, at } of Object.values(state.started)) {
    if (state.features[analyzer] || !at) continue;
    const ready = Math.max(0, ...(needs[analyzer] ?? []).map((need) => spans[need]?.ended ?? 0));
    const began = Math.max(ready, since(at));
    spans[analyzer] = { queued: ready, began, ended: null };
  }
  const joined = state.joined?.at ? since(state.joined.at) : null;
  return { spans, joined, path: joined === null ? [] : pathTo(joined, spans, needs) };
}

/** Starts closer than this to what they waited for did not wait for anything else, in ms. */
const AT_ONCE = 25;

/**
 * From the last analyzer that ended before the join, back to the one that it waited for, and so on: the last one that it
 * needed, or, when it had all and still did not begin, the one that made room for it by ending.
 */
function pathTo(joined: number, spans: Readonly<Record<string, Span>>, needs: Needs): string[] {
  const path: string[] = [];
  let last = lastOf(spans, endedBy(spans, joined));
  while (last !== null && !path.includes(last)) {
    path.unshift(last);
    last = before(last, spans, needs);
  }
  return path;
}

function before(name: string, spans: Readonly<Record<string, Span>>, needs: Needs): string | null {
  const began = spans[name]?.began ?? 0;
  const need = lastOf(
    spans,
    (needs[name] ?? []).filter((needed) => spans[needed]),
  );
  const ready = need === null ? 0 : (spans[need]?.ended ?? 0);
  if (began - ready <= AT_ONCE) return need;
  const freed = lastOf(
    spans,
    endedBy(spans, began).filter((other) => other !== name && isWork(spans[other])),
  );
  return freed !== null && (spans[freed]?.ended ?? 0) > ready ? freed : need;
}

function isWork(span: Span | undefined): boolean {
  return span !== undefined && span.ended !== null && span.ended > span.began;
}

function endedBy(spans: Readonly<Record<string, Span>>, time: number): string[] {
  return Object.keys(spans).filter((name) => (spans[name]?.ended ?? Number.POSITIVE_INFINITY) <= time);
}

function lastOf(spans: Readonly<Record<string, Span>>, names: readonly string[]): string | null {
  return names.reduce<string | null>((best, name) => later(spans, best, name), null);
}

function later(spans: Readonly<Record<string, Span>>, best: string | null, name: string): string {
  if (best === null) return name;
  const difference = (spans[name]?.ended ?? 0) - (spans[best]?.ended ?? 0);
  return difference > 0 || (difference === 0 && name < best) ? name : best;
}

export type Company = "looking" | "remembered" | "out";

export interface Bench {
  readonly company: Company;
  readonly lanes: readonly Lane[];
}

/** The lanes by how they came by their finding, each company in the order in which they began. */
export function benchesOf(lanes: readonly Lane[], { spans }: Schedule): Bench[] {
  const turn = ({ name }: Lane) => spans[name]?.began ?? Number.POSITIVE_INFINITY;
  const companies: readonly Company[] = ["looking", "remembered", "out"];
  return companies
    .map((company) => ({
      company,
      lanes: lanes.filter((lane) => companyOf(lane) === company).sort((a, b) => compare(turn(a), turn(b))),
    }))
    .filter((bench) => bench.lanes.length > 0);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function companyOf({ status, feature }: Lane): Company {
  if (status === "skipped" || status === "late") return "out";
  return feature?.cached ? "remembered" : "looking";
}

/** The next round time at or above `ms`, of 1, 2 or 5 with zeros: a scale that stands still while bars grow. */
export function roundUp(ms: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, ms)));
  return [1, 2, 5, 10].map((n) => n * unit).find((step) => step >= ms) ?? 10 * unit;
}

/** Up to five round times within `span` ms, 0 left out. */
export function ticksOf(span: number): number[] {
  const step = roundUp(span / 5);
  return Array.from({ length: Math.floor(span / step) }, (_, n) => (n + 1) * step);
}
