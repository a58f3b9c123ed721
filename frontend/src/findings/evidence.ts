/** Evidence paths such as `faces.faces.0.sharpness`: the value there, its name in words, its place on the photo. */

import type { Box, Feature } from "../request/types";
import { isOf } from "./kinds";
import type { Mark, Pair } from "./marks";
import { readable, singular, words } from "./words";

type Features = Readonly<Record<string, Feature>>;

export interface Exhibit {
  readonly path: string;
  readonly label: string;
  readonly value: string;
}

/** The values from the finding itself down to the one at `path`; null where the path leads nowhere. */
function trail(features: Features, path: string): unknown[] | null {
  const [analyzer = "", ...steps] = path.split(".");
  const finding = features[analyzer]?.finding;
  if (!finding) return null;
  const values: unknown[] = [finding];
  for (const step of steps) {
    const holder = values.at(-1);
    if (holder === null || typeof holder !== "object" || !Object.hasOwn(holder, step)) return null;
    values.push((holder as Record<string, unknown>)[step]);
  }
  return values;
}

/** The value at `path`; undefined when it leads nowhere. */
export function resolve(features: Features, path: string): unknown {
  return trail(features, path)?.at(-1);
}

/** `path` for people: what was measured, and what came out. Null when nothing is there. */
export function exhibitOf(features: Features, path: string): Exhibit | null {
  const value = resolve(features, path);
  if (value === undefined) return null;
  const [analyzer = "", ...steps] = path.split(".");
  return { path, label: labelOf(analyzer, steps), value: readable(steps.at(-1) ?? analyzer, value) };
}

/** "face 1, sharpness" for faces.faces.0.sharpness; "quality, blur" for quality.blur. */
function labelOf(analyzer: string, steps: readonly string[]): string {
  const parts: string[] = [];
  for (const step of steps) {
    const before = parts.at(-1);
    if (/^\d+$/.test(step)) parts.splice(-1, 1, `${singular(before ?? analyzer)} ${Number(step) + 1}`);
    else parts.push(words(step));
  }
  const first = parts[0] ?? "";
  const named = first.startsWith(singular(words(analyzer))) ? parts : [words(analyzer), ...parts];
  return named.join(", ");
}

/** Everything on the way to `path` that has a place on the photo: boxes, quads, points, faces referred to. */
export function marksOf(features: Features, path: string): Mark[] {
  const values = trail(features, path);
  if (values === null) return [];
  const [analyzer = "", ...steps] = path.split(".");
  for (let depth = values.length - 1; depth >= 0; depth -= 1) {
    const label = labelOf(analyzer, steps.slice(0, depth));
    const marks = marksIn(features, values[depth], label);
    if (marks.length > 0) return marks.map((mark) => tinted(mark, features[analyzer]?.finding));
  }
  return [];
}

/** Everything that `analyzer` speaks of and that has a place on the photo. */
export function placesOf(features: Features, analyzer: string): Mark[] {
  const fields = Object.keys(features[analyzer]?.finding ?? {});
  return fields.flatMap((field) => marksOf(features, `${analyzer}.${field}`));
}

/** The mark for a cue's `about`, such as "face.0". */
export function markOfSubject(features: Features, about: string | null | undefined): Mark[] {
  const index = /^face\.(\d+)$/.exec(about ?? "")?.[1];
  return index === undefined ? [] : marksOf(features, `faces.faces.${index}`);
}

function marksIn(features: Features, value: unknown, label: string): Mark[] {
  if (isPair(value)) return [{ shape: "point", point: value, label }];
  if (Array.isArray(value))
    return value.flatMap((item, n) => marksIn(features, item, `${singular(label)} ${n + 1}`));
  if (value === null || typeof value !== "object") return [];
  const thing = value as Record<string, unknown>;
  const named = typeof thing.label === "string" ? words(thing.label) : label;
  if (isBox(thing.box)) return [{ shape: "box", box: thing.box, label: named }];
  if (Array.isArray(thing.quad) && thing.quad.every(isPair))
    return [{ shape: "polygon", points: thing.quad, label }];
  if (Array.isArray(thing.polygon) && thing.polygon.length > 2 && thing.polygon.every(isPair))
    return [{ shape: "polygon", points: thing.polygon, label }];
  if (typeof thing.face === "number") return marksOf(features, `faces.faces.${thing.face}`);
  if (typeof thing.person === "number") return marksOf(features, `pose.people.${thing.person}`);
  if (!isPair(thing.center)) return [];
  return [
    { shape: "point", point: thing.center, label: typeof thing.name === "string" ? thing.name : label },
  ];
}

/** A colour of the photo's palette is wherever its pixels are, and not only where they are on average. */
function tinted(mark: Mark, finding: Feature["finding"] | undefined): Mark {
  if (mark.shape !== "point" || !isOf(finding, "colors")) return mark;
  const index = finding.palette.findIndex(({ name }) => name === mark.label);
  return index < 0 ? mark : { ...mark, tint: { palette: finding.palette.map(({ hex }) => hex), index } };
}

function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === "number");
}

function isBox(value: unknown): value is Box {
  if (value === null || typeof value !== "object") return false;
  const box = value as Record<string, unknown>;
  return ["x", "y", "w", "h"].every((side) => typeof box[side] === "number");
}

/** Marks without those that say the same twice. */
export function distinct(marks: readonly Mark[]): Mark[] {
  return [...new Map(marks.map((mark) => [JSON.stringify({ ...mark, label: "" }), mark])).values()];
}
