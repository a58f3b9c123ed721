/** What can be read off a request's state: pure, and derived anew whenever the state changes. */
import type { RoastState } from "./reducer";
import type { Cue, Feature, Line, Roast } from "./types";

/** Where one analyzer stands. `late`: the roast went ahead without it. */
export type LaneStatus = "waiting" | "running" | "ok" | "skipped" | "failed" | "late";

export interface Lane {
  readonly name: string;
  readonly status: LaneStatus;
  readonly feature: Feature | null;
  readonly attempt: number;
}

/** One lane for each analyzer that was asked, in the order in which they were asked; then those who came uninvited. */
export function lanesOf(state: RoastState): Lane[] {
  const asked = state.submitted?.expects ?? [];
  const others = [...Object.keys(state.features), ...Object.keys(state.started)].filter(
    (n) => !asked.includes(n),
  );
  return [...asked, ...[...new Set(others)].sort()].map((name) => laneOf(state, name));
}

function laneOf(state: RoastState, name: string): Lane {
  const feature = state.features[name] ?? null;
  const attempt = feature?.attempt ?? state.started[name]?.attempt ?? 1;
  return { name, feature, attempt, status: feature?.status ?? unfinished(state, name) };
}

function unfinished(state: RoastState, name: string): LaneStatus {
  if (state.joined !== null || state.ending !== null) return "late";
  return state.started[name] ? "running" : "waiting";
}

/** The option `name` of a request, where it is a text. */
export function optionOf(state: RoastState, name: string): string | undefined {
  const value = state.submitted?.options?.[name];
  return typeof value === "string" ? value : undefined;
}

/** How far the request is. */
export type Phase = "arriving" | "looking" | "writing" | "done" | "failed" | "refused" | "cancelled";

export function phaseOf(state: RoastState): Phase {
  if (state.ending !== null) return endingPhase(state.ending);
  if (state.joined !== null && state.submitted?.product !== "analysis") return "writing";
  return state.submitted === null ? "arriving" : "looking";
}

function endingPhase(ending: NonNullable<RoastState["ending"]>): Phase {
  if (ending.type === "roast" || ending.type === "analyzed") return "done";
  if (ending.type === "cancelled") return "cancelled";
  return ending.code === "explicit" ? "refused" : "failed";
}

/** Whether there is nothing more to come. */
export function isOver(state: RoastState): boolean {
  return !["arriving", "looking", "writing"].includes(phaseOf(state));
}

/** How many photos are on before this one; 0 when somebody has begun to look at it, or when nothing is known. */
export function aheadOf(state: RoastState): number {
  // That somebody has reported tells nothing: it may have remembered the photo, or need no time at all.
  const began = Object.keys(state.started).length > 0 || state.joined !== null || state.ending !== null;
  return began ? 0 : (state.ahead ?? 0);
}

/** Whether `ahead` is worth saying aloud to whom `said` was said last: half as many, or nearly nobody. */
export function isNews(said: number, ahead: number): boolean {
  return ahead > 0 && ahead !== said && (said === 0 || ahead <= Math.max(2, said / 2));
}

/** A stretch of the roast and the cues it stands on; none for an opening or a farewell. */
export interface Passage {
  readonly text: string;
  readonly cues: readonly string[];
}

/** The words so far: the final roast's when it is there, else those of the streamed lines. */
export function passagesOf(state: RoastState): Passage[] {
  if (state.ending?.type === "roast") return passagesOfRoast(state.ending);
  return passagesOfLines(Object.values(state.lines));
}

/** The lines of the latest attempt, joke by joke; an earlier attempt was broken off. */
export function passagesOfLines(lines: readonly Line[]): Passage[] {
  const latest = Math.max(0, ...lines.map((line) => line.attempt));
  const current = lines.filter((line) => line.attempt === latest).sort((a, b) => a.n - b.n);
  const jokes = new Map<number, Passage>();
  for (const line of current) {
    const before = jokes.get(line.joke) ?? { text: "", cues: [] };
    const cues = [...new Set([...before.cues, ...(line.cues ?? [])])];
    jokes.set(line.joke, { text: before.text + line.text, cues });
  }
  return [...jokes.values()].map(trimmed).filter((passage) => passage.text !== "");
}

/** The roast's text cut where its jokes begin and end; the jokes alone when they do not occur in it. */
export function passagesOfRoast(roast: Roast): Passage[] {
  const passages: Passage[] = [];
  let end = 0;
  for (const joke of roast.jokes) {
    const start = roast.text.indexOf(joke.text, end);
    if (start < 0) return roast.jokes.map(({ text, cues }) => ({ text, cues }));
    passages.push({ text: roast.text.slice(end, start), cues: [] }, { text: joke.text, cues: joke.cues });
    end = start + joke.text.length;
  }
  passages.push({ text: roast.text.slice(end), cues: [] });
  return passages.map(trimmed).filter((passage) => passage.text !== "");
}

function trimmed(passage: Passage): Passage {
  return { ...passage, text: passage.text.replace(/\s+/g, " ").trim() };
}

/** The cues with these ids, in this order; ids that nothing is known of are left out. */
export function cuesOf(state: RoastState, ids: readonly string[]): Cue[] {
  const known = new Map((state.cued?.cues ?? []).map((cue) => [cue.id, cue]));
  return ids.map((id) => known.get(id)).filter((cue): cue is Cue => cue !== undefined);
}
