/** What the findings have to show on the photo, layer by layer: one for each kind of finding that has a place there. */

import type { Feature } from "../request/types";
import type { Kind, Of } from "./kinds";
import type { Mark, Pair } from "./marks";
import { bodyBones, faceLines, handBones } from "./skeleton";
import { words } from "./words";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How a layer is drawn: gold and cream are the house's lights; faint is for what lies over everything. */
export type Ink = "gold" | "cream" | "red" | "faint";

export interface Layer {
  readonly id: string;
  readonly name: string;
  readonly ink: Ink;
  /** Whether its marks carry their names without being pointed at. */
  readonly named: boolean;
  /** How thick its lines are, in CSS pixels. */
  readonly line: number;
  readonly marks: readonly Mark[];
}

type Painter<K extends Kind> = (finding: Of<K>, size: Size) => Mark[];

interface Recipe<K extends Kind> {
  readonly name: string;
  readonly ink: Ink;
  readonly named?: boolean;
  readonly line?: number;
  readonly paint: Painter<K>;
}

/** How thick lines are where nothing else is said. */
const LINE = 1.4;

/** A landmark is drawn when it is more likely to be seen than not. */
const SEEN = 0.5;

// In the order in which they lie on each other. What people are refused for is never drawn on their photo.
const recipes: { readonly [K in Kind]?: Recipe<K> } = {
  composition: {
    name: "Thirds",
    ink: "faint",
    paint: (found, size) => [...thirds(size), ...axis(found, size)],
  },
  background: {
    name: "Outline",
    ink: "red",
    paint: ({ outline, distractions = [] }) => [
      ...outline.map((points) => ({ shape: "polygon" as const, points, label: "edge of the people" })),
      ...distractions.map(({ box, reason }) => ({ shape: "box" as const, box, label: distraction[reason] })),
    ],
  },
  fashion: {
    name: "Clothes",
    ink: "cream",
    paint: ({ outfits = [], garments = [] }) => [
      ...outfits.flatMap(({ cloths }) => cloths.map(clothMark)),
      ...garments.map(({ box, label }) => ({ shape: "box" as const, box, label })),
    ],
  },
  objects: {
    name: "Objects",
    ink: "cream",
    named: true,
    paint: ({ objects = [] }) => objects.map(({ box, label }) => ({ shape: "box", box, label })),
  },
  faces: {
    name: "Faces",
    ink: "gold",
    paint: ({ faces = [] }) => faces.map(({ box }, n) => ({ shape: "box", box, label: `face ${n + 1}` })),
  },
  text: {
    name: "Text",
    ink: "gold",
    paint: ({ lines = [] }) =>
      lines.map(({ quad, text }) => ({ shape: "polygon", points: quad, label: `“${text}”` })),
  },
  mesh: {
    name: "Mesh",
    ink: "gold",
    line: 0.8,
    paint: ({ faces = [] }) =>
      faces.flatMap(({ face, points }) => meshMarks(points, `face ${face + 1}, mesh`)),
  },
  pose: {
    name: "Skeleton",
    ink: "cream",
    paint: ({ people = [] }) =>
      people.flatMap(({ points, postures = [] }, n) =>
        bones(points, bodyBones, words(postures.join(", ")) || `person ${n + 1}, pose`),
      ),
  },
  gestures: {
    name: "Hands",
    ink: "gold",
    paint: ({ hands = [] }) =>
      hands.flatMap(({ points, gesture, side }) =>
        bones(points, handBones, words(gesture ?? `${side} hand`)),
      ),
  },
  colors: {
    name: "Colours",
    ink: "cream",
    paint: ({ palette }, size) => strip(palette, size),
  },
};

const distraction = {
  object: "draws the eye",
  bright: "bright spot",
  colorful: "colourful spot",
  from_head: "grows out of a head",
} as const;

/** The layers of what has been found so far, the lowest first; none for findings without a place. */
export function layersOf(features: Readonly<Record<string, Feature>>, size: Size): Layer[] {
  return Object.entries(recipes).flatMap(([id, recipe]) => {
    const finding = Object.values(features).find(({ finding }) => finding?.kind === id)?.finding;
    if (!finding) return [];
    // Keyed by the kind that the finding has, which the compiler cannot follow through an index.
    const marks = recipe.paint(finding as never, size);
    return marks.length > 0
      ? [{ ...recipe, id, named: recipe.named ?? false, line: recipe.line ?? LINE, marks }]
      : [];
  });
}

function thirds({ width, height }: Size): Mark[] {
  const lines = [1 / 3, 2 / 3].flatMap((part): Pair[][] => [
    [
      [part * width, 0],
      [part * width, height],
    ],
    [
      [0, part * height],
      [width, part * height],
    ],
  ]);
  return lines.map((points) => ({ shape: "path", points, label: "line of thirds" }));
}

/** The horizon as it leans, and the main subject. */
function axis(found: Of<"composition">, { width, height }: Size): Mark[] {
  const marks: Mark[] = [];
  if (found.subject) marks.push({ shape: "point", point: found.subject, label: "main subject" });
  if (typeof found.tilt === "number") {
    const rise = (Math.tan((found.tilt * Math.PI) / 180) * width) / 2;
    const points: Pair[] = [
      [0, height / 2 - rise],
      [width, height / 2 + rise],
    ];
    marks.push({ shape: "path", points, label: `horizon, ${found.tilt.toFixed(1)}°`, fill: "#ff9d8c" });
  }
  return marks;
}

type Palette = Of<"colors">["palette"];

/** The palette along the lower edge, each colour as wide as its share. Where its pixels lie on average says little. */
function strip(palette: Palette, { width, height }: Size): Mark[] {
  const h = Math.max(width, height) / 28;
  const whole = palette.reduce((sum, { share }) => sum + share, 0) || 1;
  let x = 0;
  return palette.map(({ share, hex, name }) => {
    const w = (share / whole) * width;
    x += w;
    return {
      shape: "box",
      box: { x: x - w, y: height - h, w, h },
      fill: hex,
      label: `${name}, ${Math.round(share * 100)} %`,
    };
  });
}

type Cloth = NonNullable<Of<"fashion">["outfits"]>[number]["cloths"][number];

function clothMark({ polygon, colors, region, pattern }: Cloth): Mark {
  const label = [region, pattern === "plain" ? "" : pattern, colors[0]?.name].filter(Boolean).join(", ");
  const fill = colors[0]?.hex;
  return { shape: "polygon", points: polygon, label, ...(fill ? { fill } : {}) };
}

function meshMarks(points: readonly unknown[], label: string): Mark[] {
  const all = points.map(spot);
  return [
    { shape: "dots", points: all.flatMap((point) => (point ? [point] : [])), label },
    ...bones(points, faceLines, label),
  ];
}

/** Lines along `chains`, broken where a landmark cannot be seen. */
export function bones(
  points: readonly unknown[],
  chains: readonly (readonly number[])[],
  label: string,
): Mark[] {
  const paths = chains.flatMap((chain) => {
    const runs: Pair[][] = [[]];
    for (const n of chain) {
      const place = spot(points[n]);
      if (place) runs.at(-1)?.push(place);
      else runs.push([]);
    }
    return runs.filter((run) => run.length > 1);
  });
  return paths.map((path) => ({ shape: "path", points: path, label }));
}

/** Where a landmark is, [x, y, z?, visibility?]; null when it cannot be seen. */
function spot(landmark: unknown): Pair | null {
  const [x, y, , seen] = (landmark ?? []) as number[];
  return x === undefined || y === undefined || (seen ?? 1) < SEEN ? null : [x, y];
}
