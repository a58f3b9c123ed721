/** Arbitrary histories of one request, for the property tests. */
import fc from "fast-check";
import type { Heard } from "../src/request/reducer";
import type {
  Cued,
  Feature,
  LogEvent,
  QueuePosition,
  RoastEvent,
  Style,
  Submitted,
} from "../src/request/types";

export const id = "AAAAAAAAAAAAAAAAAAAAAA";

export const style: Style = {
  persona: "critic",
  heat: "medium",
  length: "medium",
  language: "en",
  seed: null,
};

export function submitted(part: Partial<Submitted> = {}): Submitted {
  return {
    type: "submitted",
    id,
    at: 1,
    photo: { key: id, sha256: "0", width: 400, height: 300, bytes: 9 },
    facts: { kind: "facts", format: "jpeg", screenshot: false, original_width: 0, original_height: 0 },
    product: "roast",
    options: style,
    expects: ["faces", "quality"],
    join_by: 20,
    expire_by: 300,
    parent: null,
    ...part,
  };
}

export function feature(part: Partial<Feature> = {}): Feature {
  return {
    type: "feature",
    id,
    at: 2,
    analyzer: "faces",
    status: "ok",
    finding: { kind: "faces", faces: [] },
    reason: null,
    queue_ms: 0,
    compute_ms: 1,
    model: "m",
    version: "1",
    cached: false,
    attempt: 1,
    ...part,
  };
}

export function heard(...events: RoastEvent[]): Heard[] {
  return events.map((event, n) => ({ seq: n + 1, event }));
}

const when = fc.integer({ min: 1, max: 5 });
const analyzer = fc.constantFrom("faces", "quality", "text");
const small = fc.integer({ min: 1, max: 3 });
export const cue = {
  id: "c",
  kind: "k",
  text: "t",
  salience: 1,
  evidence: ["faces.faces"],
  about: null,
  values: {},
};

export function cued(part: Partial<Cued> = {}): Cued {
  return { type: "cued", id, at: 1, cues: [cue], faces: 0, sha256: "", gentle: false, style, ...part };
}

/** Few names and times, so that claims to the same slot, and ties between them, are common. */
export const anyLogEvent: fc.Arbitrary<LogEvent> = fc.oneof(
  when.map((at) => submitted({ at })),
  fc
    .record({ at: when, analyzer, attempt: small })
    .map((part) => ({ type: "started" as const, id, ...part })),
  fc.record({ at: when, analyzer, attempt: small, compute_ms: small }).map(feature),
  fc
    .record({ at: when, what: fc.constantFrom("join" as const, "expiry" as const) })
    .map((part) => ({ type: "deadline" as const, id, due: 0, look: 0, ...part })),
  fc.record({ at: when, complete: fc.boolean(), timed_out: fc.boolean() }).map((part) => ({
    type: "joined" as const,
    id,
    missing: {},
    ...part,
  })),
  fc.record({ at: when, faces: small }).map((part) => cued(part)),
  when.map((at) => ({ type: "analyzed" as const, id, at })),
  fc
    .record({ at: when, attempt: small, n: small, joke: small, text: fc.constantFrom("ha ", "ho ") })
    .map((part) => ({ type: "line" as const, id, cues: ["c"], ...part })),
  fc.record({ at: when, text: fc.constantFrom("x", "y") }).map((part) => ({
    type: "roast" as const,
    id,
    jokes: [],
    writer: "house",
    persona: "critic",
    heat: "medium",
    attempt: 1,
    write_ms: 0,
    first_word_ms: 0,
    note: null,
    ...part,
  })),
  when.map((at) => ({ type: "failed" as const, id, at, code: "expired", detail: "d", hint: "h" })),
  when.map((at) => ({ type: "cancelled" as const, id, at, reason: "asked" as const })),
);

export const anyPlace: fc.Arbitrary<QueuePosition> = fc
  .integer({ min: 0, max: 9 })
  .map((ahead) => ({ type: "queue" as const, id, ahead }));

export const anyHeard: fc.Arbitrary<Heard> = fc.record({
  seq: fc.integer({ min: 0, max: 40 }),
  event: fc.oneof({ weight: 9, arbitrary: anyLogEvent }, { weight: 2, arbitrary: anyPlace }),
});

/** A history, and the same one shuffled with some of its events repeated. */
export const retold: fc.Arbitrary<[Heard[], Heard[]]> = fc
  .array(anyHeard, { maxLength: 30 })
  .chain((history) =>
    fc.tuple(
      fc.constant(history),
      fc
        .subarray(history)
        .chain((again) =>
          fc.shuffledSubarray([...history, ...again], { minLength: history.length + again.length }),
        ),
    ),
  );
