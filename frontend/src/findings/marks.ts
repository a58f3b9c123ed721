/** What can be drawn on the photo, in its pixels, and which of it lies under a finger. */

import type { Box } from "../request/types";
import type { Tint } from "./tints";

export type Pair = readonly [number, number];

interface Named {
  /** What it is, shown when a visitor points at it. */
  readonly label: string;
  /** The colour that was found there, as #rrggbb: it is filled with it. */
  readonly fill?: string;
}

export type Mark = Named &
  (
    | { readonly shape: "box"; readonly box: Box }
    | { readonly shape: "polygon"; readonly points: readonly Pair[] }
    /** Lines through points, open at the end. */
    | { readonly shape: "path"; readonly points: readonly Pair[] }
    | { readonly shape: "dots"; readonly points: readonly Pair[] }
    /** Where a colour is on average, with `tint`: where exactly can be seen on the photo. */
    | { readonly shape: "point"; readonly point: Pair; readonly tint?: Tint }
    /** Any number of patches, as an SVG path in shares of the photo; `point` is in the midst of the widest. */
    | { readonly shape: "area"; readonly path: string; readonly point: Pair }
  );

/** The smallest rectangle around it. */
export function boundsOf(mark: Mark): Box {
  if (mark.shape === "box") return mark.box;
  const points = "point" in mark ? [mark.point] : mark.points;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y };
}

/** Of the marks at `point` the smallest, as it is the hardest to hit; `reach` in pixels of the photo. */
export function markAt(marks: readonly Mark[], point: Pair, reach: number): Mark | null {
  const hit = marks.filter((mark) => covers(mark, point, reach));
  const area = (mark: Mark) => (boundsOf(mark).w + reach) * (boundsOf(mark).h + reach);
  return hit.reduce<Mark | null>((best, mark) => (best && area(best) <= area(mark) ? best : mark), null);
}

function covers(mark: Mark, [x, y]: Pair, reach: number): boolean {
  switch (mark.shape) {
    case "box":
      return (
        x >= mark.box.x && y >= mark.box.y && x <= mark.box.x + mark.box.w && y <= mark.box.y + mark.box.h
      );
    case "polygon":
      return inside(mark.points, [x, y]);
    case "point":
    case "area":
      return Math.hypot(mark.point[0] - x, mark.point[1] - y) <= 2 * reach;
    case "dots":
      return mark.points.some((dot) => Math.hypot(dot[0] - x, dot[1] - y) <= reach);
    case "path":
      return mark.points.some((end, n) => n > 0 && distance([x, y], mark.points[n - 1] ?? end, end) <= reach);
  }
}

/** Whether a ray to the right crosses the polygon's border an odd number of times. */
function inside(points: readonly Pair[], [x, y]: Pair): boolean {
  let crossings = 0;
  points.forEach(([bx, by], n) => {
    const [ax, ay] = points.at(n - 1) ?? [bx, by];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) crossings += 1;
  });
  return crossings % 2 === 1;
}

/** From a point to the line between two others. */
function distance([x, y]: Pair, [ax, ay]: Pair, [bx, by]: Pair): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const part = Math.min(1, Math.max(0, along));
  return Math.hypot(ax + part * dx - x, ay + part * dy - y);
}
