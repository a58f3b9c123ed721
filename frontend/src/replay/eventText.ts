/** The events of a request in words: what each is, where it is from, and what it says. */
import { headline } from "../findings/headline";
import { capital, duration, words } from "../findings/words";
import type { LogEvent } from "../request/types";

type Kind = LogEvent["type"];
type Describe<K extends Kind> = (event: Extract<LogEvent, { type: K }>) => EventText;

export interface EventText {
  readonly source: string;
  readonly what: string;
}

/** What each kind of event is called. */
const names: Readonly<Record<Kind, string>> = {
  submitted: "photo",
  started: "start",
  feature: "report",
  deadline: "deadline",
  joined: "join",
  cued: "cues",
  analyzed: "analysis",
  line: "words",
  roast: "roast",
  failed: "failure",
  cancelled: "stop",
};

const deadlines: Readonly<Record<string, string>> = {
  join: "looks which findings are still missing",
  expiry: "time for all of it is up",
};

const descriptions: { readonly [K in Kind]: Describe<K> } = {
  submitted: ({ photo, expects, product }) => ({
    source: "Stage door",
    what: `${photo.width} × ${photo.height} px, ${expects.length} analyzers asked${product === "analysis" ? ", no roast wanted" : ""}`,
  }),
  started: ({ analyzer, attempt }) => ({
    source: capital(words(analyzer)),
    what: attempt && attempt > 1 ? `begins to look, attempt ${attempt}` : "begins to look",
  }),
  feature: ({ analyzer, status, finding, reason, compute_ms, cached }) => {
    const said = finding ? headline(finding) || "done" : `${status}: ${reason ?? "no reason given"}`;
    const took = cached ? "remembered" : duration(compute_ms);
    return { source: capital(words(analyzer)), what: status === "ok" ? `${said}, ${took}` : said };
  },
  deadline: ({ what }) => ({ source: "Clock", what: deadlines[what] ?? what }),
  joined: ({ complete, timed_out, missing = {} }) => {
    const absent = Object.keys(missing).length;
    const whole = complete
      ? "all analyzers have reported"
      : `${timed_out ? "time is up, " : ""}${absent} missing`;
    return { source: "Aggregator", what: whole };
  },
  cued: ({ cues = [] }) => ({ source: "Aggregator", what: `${cues.length} things to talk about` }),
  analyzed: () => ({ source: "Aggregator", what: "that was all that was asked for" }),
  line: ({ text, joke, attempt }) => ({
    source: "Writer",
    what: `joke ${joke + 1}${attempt > 1 ? `, attempt ${attempt}` : ""}: “${text.trim()}”`,
  }),
  roast: ({ writer, jokes, write_ms }) => ({
    source: "Writer",
    what: `${jokes.length} jokes by ${writer === "house" ? "the house writer" : writer}, ${duration(write_ms ?? 0)}`,
  }),
  failed: ({ code, detail }) => ({ source: "Heckler", what: `${words(code)}: ${detail}` }),
  cancelled: ({ reason }) => ({
    source: "Visitor",
    what: reason === "deleted" ? "deleted it" : "stopped it",
  }),
};

/** `event` in words; one that only a newer server knows, by its name. */
export function textOf(event: LogEvent): EventText {
  const describe = descriptions[event.type] as Describe<Kind> | undefined;
  return describe ? describe(event as never) : { source: "Server", what: words(event.type) };
}

/** What events like `event` are called. */
export function kindName(type: string): string {
  return names[type as Kind] ?? words(type);
}

/** Runs of more numbers than this are landmarks and meshes, which are of no use to readers. */
const READABLE = 12;

/** `event` as indented JSON, with long runs of numbers cut short. */
export function payload(event: LogEvent): string {
  return JSON.stringify(event, (_key, value: unknown) => shortened(value), 2).replace(
    // A pair or a triple of numbers is one thing: it stands on one line.
    /\[\s+((?:-?[\d.e+-]+,\s+){0,11}-?[\d.e+-]+)\s+\]/g,
    (_all, numbers: string) => `[${numbers.replace(/\s+/g, " ")}]`,
  );
}

function shortened(value: unknown): unknown {
  if (typeof value === "number") return Math.round(value * 1e6) / 1e6;
  if (!Array.isArray(value) || value.length <= READABLE || !value.every(isNumeric)) return value;
  return [...value.slice(0, 3), `… ${value.length - 3} more`];
}

function isNumeric(value: unknown): boolean {
  return typeof value === "number" || (Array.isArray(value) && value.every(isNumeric));
}
