/** A snapshot is a shortened history: here it becomes events again, so that the reducer is the only way in. */
import type { Heard } from "./reducer";
import type {
  Cued,
  Ending,
  Feature,
  Joined,
  QueuePosition,
  RoastEvent,
  RoastSnapshot,
  Snapshot,
  Submitted,
} from "./types";

/** The events that `snapshot` tells of. They carry `at: 0`, so those of the stream win wherever both are known. */
export function eventsOf(snapshot: Snapshot): Heard[] {
  const features = Object.entries(snapshot.features).map(([name, found]) =>
    featureOf(snapshot.id, name, found),
  );
  const events: (RoastEvent | null)[] = [
    submittedOf(snapshot),
    ...features,
    joinedOf(snapshot),
    cuedOf(snapshot),
    endingOf(snapshot),
    placeOf(snapshot),
  ];
  return events.filter((event) => event !== null).map((event) => ({ seq: 0, event }));
}

function submittedOf(snapshot: Snapshot): Submitted {
  const { width, height, bytes, sha256 } = snapshot.photo;
  return {
    type: "submitted",
    id: snapshot.id,
    at: 0,
    photo: { key: snapshot.id, width, height, bytes, sha256 },
    facts: { kind: "facts", format: "unknown", screenshot: false, original_width: 0, original_height: 0 },
    product: snapshot.product,
    options: optionsOf(snapshot),
    expects: [...snapshot.expects],
    join_by: 0,
    expire_by: 0,
    parent: snapshot.parent ?? null,
  };
}

function featureOf(id: string, analyzer: string, found: Snapshot["features"][string]): Feature {
  return { type: "feature", id, at: 0, attempt: 1, analyzer, ...found };
}

function joinedOf(snapshot: Snapshot): Joined | null {
  if (snapshot.timings.joined_ms === null || snapshot.timings.joined_ms === undefined) return null;
  const missing = Object.fromEntries(snapshot.missing.map(({ analyzer, reason }) => [analyzer, reason]));
  return {
    type: "joined",
    id: snapshot.id,
    at: 0,
    complete: snapshot.missing.length === 0,
    timed_out: false,
    missing,
  };
}

function cuedOf(snapshot: Snapshot): Cued | null {
  const joined = snapshot.timings.joined_ms ?? null;
  if (joined === null || !isRoast(snapshot)) return null;
  // how many faces there are, and whether to be gentle, is for writers alone, and no part of a snapshot
  const { id, cues, photo, options: style } = snapshot;
  return { type: "cued", id, at: 0, cues: [...cues], faces: 0, sha256: photo.sha256, gentle: false, style };
}

function optionsOf(snapshot: Snapshot): Record<string, unknown> {
  return isRoast(snapshot) ? { ...snapshot.options } : {};
}

/** Whether the request is for a roast. */
export function isRoast(snapshot: Snapshot): snapshot is RoastSnapshot {
  return "roast" in snapshot;
}

function placeOf({ id, ahead }: Snapshot): QueuePosition | null {
  return ahead ? { type: "queue", id, ahead } : null;
}

function endingOf(snapshot: Snapshot): Ending | null {
  const { id, failed, status } = snapshot;
  if (isRoast(snapshot) && snapshot.roast) return { ...snapshot.roast, type: "roast", id, at: 0 };
  if (failed)
    return { type: "failed", id, at: 0, code: failed.code, detail: failed.detail, hint: failed.hint };
  if (status === "done") return { type: "analyzed", id, at: 0 };
  return status === "cancelled" ? { type: "cancelled", id, at: 0, reason: "asked" } : null;
}
