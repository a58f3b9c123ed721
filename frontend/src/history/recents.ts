/** What was roasted on this device lately: a list in this browser's own storage, and nowhere else. */
import type { RoastState } from "../request/reducer";
import { passagesOf } from "../request/view";

export interface Recent {
  readonly id: string;
  /** When it was asked for, in ms since the epoch. */
  readonly at: number;
  readonly persona: string;
  /** The first words of the roast, or how it ended without one; empty until then. */
  readonly line: string;
  /** A tiny picture as a data URL; empty when there is none. */
  readonly thumbnail: string;
  /** The server was asked, and knows it no more. */
  readonly gone: boolean;
}

export const MOST = 30;
/** Characters of a thumbnail, which are bytes: 30 of them are 120 kB of the 5 MB that a browser lends. */
export const THUMBNAIL_LIMIT = 4096;
const LINE_LIMIT = 140;

/** `list` with `entry` in front; of the same request there is only one, and what was known of it stays. */
export function add(list: readonly Recent[], entry: Recent): Recent[] {
  const known = list.find(({ id }) => id === entry.id);
  const others = list.filter(({ id }) => id !== entry.id);
  return [known ? { ...entry, ...known } : entry, ...others].sort((a, b) => b.at - a.at).slice(0, MOST);
}

/** `list` with what is new of `id`; one that is not on it stays off it. */
export function amend(list: readonly Recent[], id: string, part: Partial<Recent>): Recent[] {
  return list.map((entry) => (entry.id === id ? { ...entry, ...part } : entry));
}

export function drop(list: readonly Recent[], ids: readonly string[]): Recent[] {
  return list.filter(({ id }) => !ids.includes(id));
}

/** Whether the server has erased it by now, as it said it would: `retention` is in seconds, null when unknown. */
export function isGone(entry: Recent, now: number, retention: number | null): boolean {
  return entry.gone || (retention !== null && now - entry.at > retention * 1000);
}

/** What the list says of a request that is over. */
export function lineOf(state: RoastState): string {
  const ending = state.ending;
  if (ending?.type === "failed")
    return ending.code === "explicit" ? "The house declined." : "No roast came of it.";
  if (ending?.type === "cancelled") return "Stopped before the first joke.";
  const words = passagesOf(state)[0]?.text ?? "";
  return words.length > LINE_LIMIT ? `${words.slice(0, LINE_LIMIT - 1).trimEnd()}…` : words;
}

/** The list in stored `text`; what is none of ours is left out. */
export function parse(text: string | null): Recent[] {
  try {
    const stored: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(stored) ? stored.flatMap((entry) => entryIn(entry) ?? []).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

function entryIn(stored: unknown): Recent | null {
  if (stored === null || typeof stored !== "object") return null;
  const { id, at, persona, line, thumbnail, gone } = stored as Record<string, unknown>;
  if (typeof id !== "string" || !/^[\w-]{22}$/.test(id) || typeof at !== "number") return null;
  return {
    id,
    at,
    persona: typeof persona === "string" ? persona : "",
    line: typeof line === "string" ? line.slice(0, LINE_LIMIT) : "",
    thumbnail: isThumbnail(thumbnail) ? thumbnail : "",
    gone: gone === true,
  };
}

/** A picture of our own making: nothing else may be loaded from a list that anything on this origin can write. */
export function isThumbnail(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= THUMBNAIL_LIMIT &&
    value.startsWith("data:image/jpeg;base64,")
  );
}

const steps = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** "5 minutes ago". */
export function ago(at: number, now: number): string {
  for (const [unit, length] of steps) {
    const count = Math.floor((now - at) / length);
    if (count >= 1) return `${count} ${unit}${count > 1 ? "s" : ""} ago`;
  }
  return "just now";
}
