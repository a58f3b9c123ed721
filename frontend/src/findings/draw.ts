/** Marks on a canvas, sharp at any density: the one place that draws on the photo. */

import type { Box } from "../request/types";
import type { Ink, Layer, Size } from "./layers";
import { boundsOf, type Mark } from "./marks";

/** What is to be seen on the photo. */
export interface Scene {
  readonly size: Size;
  readonly layers: readonly Layer[];
  /** What is pointed at, with its names: it outshines the layers. */
  readonly lit: readonly Mark[];
}

/** The canvas in device pixels, how many of them make a CSS pixel, and how far each layer has appeared, 0 to 1. */
export interface View {
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly shade: (layer: string) => number;
}

const inks: Readonly<Record<Ink, string>> = {
  gold: "#ffd98a",
  cream: "#fff1dc",
  red: "#ff9d8c",
  faint: "rgb(255 246 236 / 60%)",
};
const halo = "rgb(15 8 5 / 55%)";

type Pen = CanvasRenderingContext2D;

/** Draws all of `scene` anew. */
export function paint(pen: Pen, scene: Scene, view: View): void {
  pen.clearRect(0, 0, view.width, view.height);
  const placed: Box[] = [];
  const quiet = scene.lit.length > 0 ? 0.22 : 1;
  for (const { id, marks, ink, line } of scene.layers) {
    pen.globalAlpha = quiet * view.shade(id);
    for (const mark of marks) trace(pen, mark, scene.size, view, { color: inks[ink], width: line });
  }
  pen.globalAlpha = 1;
  for (const mark of scene.lit) trace(pen, mark, scene.size, view, { color: inks.gold, width: 2.6 });
  for (const mark of distinctNames(scene.lit)) tag(pen, mark, scene.size, view, placed, inks.gold);
  pen.globalAlpha = quiet;
  for (const { named, marks, ink } of scene.layers)
    if (named && quiet === 1) for (const mark of marks) tag(pen, mark, scene.size, view, placed, inks[ink]);
  pen.globalAlpha = 1;
}

/** A skeleton has many lines and one name. */
function distinctNames(marks: readonly Mark[]): Mark[] {
  const drawn = marks.filter(({ shape }) => shape === "path" || shape === "dots");
  const lines = new Map(drawn.toReversed().map((mark) => [mark.label, mark]));
  return marks.filter((mark) => !drawn.includes(mark) || lines.get(mark.label) === mark);
}

interface Stroke {
  readonly color: string;
  /** In CSS pixels. */
  readonly width: number;
}

/** One mark: a dark halo for bright photos, and the line on it. */
function trace(pen: Pen, mark: Mark, size: Size, view: View, { color, width }: Stroke): void {
  if (mark.shape === "area") return; // the light on it is all that there is to see
  const path = outline(mark, size, view, width);
  pen.lineJoin = "round";
  pen.lineCap = "round";
  if (mark.shape === "dots" || mark.shape === "point") {
    pen.strokeStyle = mark.shape === "point" ? color : "transparent";
    pen.fillStyle = mark.fill ?? color;
    pen.lineWidth = 1.5 * view.ratio;
    pen.fill(path);
    pen.stroke(path);
    return;
  }
  if (mark.fill && mark.shape !== "path") {
    pen.fillStyle = mark.shape === "box" ? mark.fill : `${mark.fill}99`;
    pen.fill(path);
  }
  if (width > 1) {
    pen.strokeStyle = halo;
    pen.lineWidth = (width + 1.6) * view.ratio;
    pen.stroke(path);
  }
  pen.strokeStyle = mark.shape === "path" ? (mark.fill ?? color) : color;
  pen.lineWidth = width * view.ratio;
  pen.stroke(path);
}

function outline(mark: Exclude<Mark, { shape: "area" }>, size: Size, view: View, width: number): Path2D {
  const [sx, sy] = [view.width / size.width, view.height / size.height];
  const path = new Path2D();
  if (mark.shape === "box") {
    const { x, y, w, h } = mark.box;
    path.roundRect(x * sx, y * sy, w * sx, h * sy, 3 * view.ratio);
    return path;
  }
  const points = mark.shape === "point" ? [mark.point] : mark.points;
  const dot = mark.shape === "dots" ? 0.7 : mark.shape === "point" ? 2 * width : 0;
  points.forEach(([x, y], n) => {
    if (dot > 0) {
      path.moveTo(x * sx + dot * view.ratio, y * sy);
      path.arc(x * sx, y * sy, dot * view.ratio, 0, 2 * Math.PI);
    } else if (n === 0) path.moveTo(x * sx, y * sy);
    else path.lineTo(x * sx, y * sy);
  });
  if (mark.shape === "polygon") path.closePath();
  return path;
}

/** The name of `mark` on a tag at its corner, where no other tag is; none where there is no room. */
function tag(pen: Pen, mark: Mark, size: Size, view: View, placed: Box[], color: string): void {
  pen.font = `600 ${12 * view.ratio}px "Figtree Variable", system-ui, sans-serif`;
  const [w, h] = [pen.measureText(mark.label).width + 10 * view.ratio, 18 * view.ratio];
  const [sx, sy] = [view.width / size.width, view.height / size.height];
  const { x, y, w: bw, h: bh } = boundsOf(mark);
  const corners = [
    [x * sx, y * sy - h],
    [x * sx, y * sy],
    [(x + bw) * sx - w, y * sy],
    [x * sx, (y + bh) * sy - h],
  ].map(([left = 0, top = 0]) => ({
    x: Math.max(0, Math.min(left, view.width - w)),
    y: Math.max(0, Math.min(top, view.height - h)),
    ...{ w, h },
  }));
  const free = corners.find((corner) => !placed.some((other) => overlap(corner, other)));
  if (!free) return;
  placed.push(free);
  pen.fillStyle = color;
  pen.beginPath();
  pen.roundRect(free.x, free.y, w, h, 4 * view.ratio);
  pen.fill();
  pen.fillStyle = "#2b1a13";
  pen.textBaseline = "middle";
  // A canvas takes its direction from the page, and what is drawn here goes by coordinates.
  pen.direction = "ltr";
  pen.textAlign = "left";
  pen.fillText(mark.label, free.x + 5 * view.ratio, free.y + h / 2 + view.ratio / 2);
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
