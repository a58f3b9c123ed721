/** What the visitor points at, in the words, on the lanes or on the photo, and what all of them show of it. */
import { useMemo, useState } from "react";
import { distinct, markOfSubject, marksOf, placesOf } from "../findings/evidence";
import { type Layer, layersOf } from "../findings/layers";
import type { Mark } from "../findings/marks";
import { useLayers } from "../findings/useLayers";
import { type Needs, type Schedule, scheduleOf } from "../replay/schedule";
import { type Clock, useClock } from "../replay/useClock";
import type { RoastState } from "../request/reducer";
import type { ServerInfo } from "../request/serverInfo";
import type { Feature } from "../request/types";
import type { Watched } from "../request/useRoast";
import { cuesOf } from "../request/view";

export interface Watching {
  /** All that could be drawn on the photo. */
  readonly layers: readonly Layer[];
  /** Those that are. */
  readonly drawn: readonly Layer[];
  /** What the joke that is pointed at stands on. */
  readonly marks: readonly Mark[];
  readonly wanted: readonly string[];
  want(ids: readonly string[]): void;
  readonly schedule: Schedule;
  readonly clock: Clock;
  /** The analyzers that the joke stands on. */
  readonly lit: readonly string[];
  /** A lane is pointed at; null when it is left. */
  pointAt(analyzer: string | null): void;
}

/** `cues` are those of the joke that is pointed at. */
export function useWatching(
  { state, moment }: Watched,
  serverInfo: ServerInfo,
  cues: readonly string[],
): Watching {
  const [wanted, want] = useLayers();
  const [lane, pointAt] = useState<string | null>(null);
  const clock = useClock(state, moment);
  const { features } = state;
  const size = state.submitted?.photo;
  const layers = useMemo(() => (size ? layersOf(features, size) : []), [features, size]);
  const needs = useMemo(() => needsOf(serverInfo), [serverInfo]);
  const shown = layers.filter(({ id }) => wanted.includes(id));
  return {
    layers,
    drawn: lane === null ? shown : layersOfLane(features, lane, layers, shown),
    marks: marksFor(state, cues),
    ...{ wanted, want, clock, pointAt },
    schedule: scheduleOf(state, needs),
    lit: cuesOf(state, cues).flatMap(({ evidence }) => evidence.map((path) => path.split(".")[0] ?? "")),
  };
}

function needsOf(serverInfo: ServerInfo): Needs {
  return Object.fromEntries((serverInfo.analyzers ?? []).map(({ name, needs }) => [name, needs]));
}

/** What one analyzer has to show, with names; where that is nothing, what is shown anyway. */
function layersOfLane(
  features: Readonly<Record<string, Feature>>,
  lane: string,
  layers: readonly Layer[],
  shown: readonly Layer[],
): readonly Layer[] {
  const own = layers.find(({ id }) => id === features[lane]?.finding?.kind);
  if (own) return [{ ...own, named: own.ink !== "faint" }];
  const marks = distinct(placesOf(features, lane));
  return marks.length > 0
    ? [{ id: `lane ${lane}`, name: lane, ink: "gold", named: true, line: 1.4, marks }]
    : shown;
}

function marksFor(state: RoastState, cues: readonly string[]): Mark[] {
  const found = cuesOf(state, cues).flatMap((cue) => [
    ...cue.evidence.flatMap((path) => marksOf(state.features, path)),
    ...markOfSubject(state.features, cue.about),
  ]);
  return distinct(found);
}
