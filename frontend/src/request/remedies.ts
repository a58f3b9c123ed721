/** For each problem that the API knows, what a person on the page can do about it: nobody is left in a dead end. */
import type { Problem } from "./problem";

/** `again`: the same photo once more. `another`: a different one. `home`: the front door. */
export type Way = "again" | "another" | "sample" | "home" | "reload";

export interface Remedy {
  /** What the page advises instead of the server, whose advice is often for programs. */
  readonly hint?: string;
  /** At least one; the first is the best. */
  readonly ways: readonly Way[];
  /** Seconds after which the page tries again by itself: for troubles that pass. */
  readonly wait?: number;
}

const other: Remedy = { ways: ["another", "sample", "home"] };
const ours: Remedy = { ways: ["again", "another", "home"] };
const passing = (wait: number, hint: string): Remedy => ({ hint, ways: ["again", "home"], wait });

/** By the server's codes, all of them (`gateway/http/problems.py`), and the page's own. */
export const remedies: Readonly<Record<string, Remedy>> = {
  missing_photo: { ...other, hint: "Choose the photo once more; it got lost on the way." },
  bad_request: { ...ours, hint: "Reload the page: it may be older than the server." },
  empty_file: { ...other, hint: "Choose it again, or another: this file has nothing in it." },
  bad_option: { ways: ["home", "reload"], hint: "Choose judge, heat and length anew on the front page." },
  unknown_analyzer: { ...ours, hint: "Whoever is in will look at it: just try again." },
  unknown_persona: { ways: ["home", "reload"], hint: "This judge has left the house. Choose another." },
  too_large: { ...other, hint: "Send a smaller copy; the one your phone would mail is plenty." },
  too_many_pixels: { ...other, hint: "Send a smaller copy: a few megapixels are plenty for a joke." },
  too_small: { ...other, hint: "Send a larger copy: there has to be something to laugh at." },
  not_an_image: other,
  unsupported_format: other,
  corrupt_image: other,
  decode_timeout: other,
  upload_timeout: { ...ours, hint: "Try again, with a better connection or a smaller photo." },
  head_timeout: { ...ours, hint: "Try again: the request got stuck on the way." },
  client_gone: { ...ours, hint: "Try again: the upload was broken off on the way." },
  url_disabled: { ...other, hint: "Save the photo and choose the file: this house fetches nothing." },
  url_refused: { ...other, hint: "Save the photo and choose the file." },
  url_failed: { ...other, hint: "Save the photo and choose the file." },
  foreign_origin: { ways: ["reload", "home"], hint: "Open Heckler’s own page, and try again there." },
  foreign_host: { ways: ["home"] },
  not_found: { ways: ["another", "sample", "home"], hint: "Roasts are forgotten in time. Make a new one." },
  method_not_allowed: { ways: ["reload", "home"], hint: "Reload the page: it may be older than the server." },
  photo_gone: { ways: ["another", "home"], hint: "Photos are kept for a short time only. Send it again." },
  photo_damaged: {
    ways: ["another", "home"],
    hint: "The house has spoilt its copy of your photo. Send it again.",
  },
  unknown_product: { ways: ["another", "home"], hint: "Send it again once all of this house is up to date." },
  already_ended: { ways: ["reload", "home"], hint: "Reload the page: it missed the ending." },
  no_roast: { ways: ["another", "home"], hint: "Wait until it has been told, or send the photo again." },
  still_running: { ways: ["reload", "home"], hint: "Wait until it has been told, then try again." },
  too_many_replays: {
    ways: ["again", "reload", "home"],
    hint: "The house is busy telling old stories. Try again in a moment.",
    wait: 5,
  },
  no_analyzers: passing(
    5,
    "The front row is empty. Whoever runs this house finds out why with `heckler doctor`.",
  ),
  busy: passing(2, "The house is full. Your photo is at the door, and gets in as soon as there is room."),
  too_many_connections: passing(2, "The house is packed to the doors. Try again in a moment."),
  log_full: passing(60, "Older photos make room by themselves; your photo waits at the door."),
  disk_full: passing(
    30,
    "There is no room left for another photo. Whoever runs this house makes some; yours waits at the door.",
  ),
  log_unwritable: passing(5, "The house has lost its pencil for a moment. Your photo waits at the door."),
  log_refused: { ...ours, hint: "Whoever runs this house finds out why with `heckler doctor`." },
  bus_down: passing(2, "The house has lost its notebook for a moment. Your photo waits at the door."),
  decoder_down: passing(2, "The house is changing its glasses. Your photo waits at the door."),
  exhausted: passing(5, "The house is out of breath for a moment. Your photo waits at the door."),
  not_ready: passing(2, "The house is still opening. Your photo waits at the door."),
  internal: { ...ours, hint: "Try again. If it happens again, another photo may fare better." },
  // How a request may end that was taken in (`Failed` among the events).
  nothing_to_say: { ...other, hint: "Try another photo: with little to see, there is little to tell." },
  not_looked_at: {
    ...other,
    hint: "Nothing is wrong with your photo: too few were there to look at it. Send it again. Should that end the same way, whoever runs this house asks `heckler doctor`.",
  },
  expired: {
    ...other,
    hint: "Send it again. Should that end the same way, whoever runs this house asks `heckler doctor`.",
  },
  explicit: other,
  // Not the gateway's: a proxy in front of it, no answer at all, the page itself.
  http_413: {
    ...other,
    hint: "Send a smaller copy: something between here and the house takes no larger ones.",
  },
  http_429: passing(10, "Too many photos in too short a time. Yours waits at the door."),
  http_502: passing(3, "The house is closed for a moment. Your photo waits at the door."),
  http_503: passing(3, "The house is closed for a moment. Your photo waits at the door."),
  http_504: passing(3, "The house is slow to answer. Your photo waits at the door."),
  unreachable: { ways: ["again", "home"], wait: 3 },
  page_error: { ways: ["again", "reload", "home"] },
};

/** What can be done about `problem`, whoever made it. */
export function remedyOf(problem: Pick<Problem, "code" | "status" | "hint">): Remedy {
  const known = Object.hasOwn(remedies, problem.code) ? remedies[problem.code] : undefined;
  const remedy = known ?? (problem.status >= 500 ? ours : other);
  return { ...remedy, hint: remedy.hint ?? problem.hint };
}

/** Longer each time, so that a house in trouble is not run over: seconds before try number `tries` + 1. */
export function pause(wait: number, tries: number): number {
  return Math.min(60, wait * 2 ** Math.min(tries - 1, 10));
}
