import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { marksOf } from "../../src/findings/evidence";
import { areaOf, coverage, type Pixels } from "../../src/findings/tints";
import type { Finding } from "../../src/request/types";
import { feature } from "../events";

const palette = ["#c0392b", "#1f3a93", "#f5f5f5"];
const [red = "", blue = "", white = ""] = palette;

/** A photo of letters: r for red and so on, a dot for what is none of them. */
function photo(...rows: string[]): Pixels {
  const inks: Record<string, string> = { r: red, b: blue, w: white, ".": "#00ff00" };
  const bytes = [...rows.join("")].flatMap((letter) => {
    const hex = inks[letter] ?? "";
    return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16)).concat(255);
  });
  return { width: rows[0]?.length ?? 0, height: rows.length, data: Uint8ClampedArray.from(bytes) };
}

const pixels = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([width, height]) =>
    fc
      .uint8ClampedArray({ minLength: 4 * width * height, maxLength: 4 * width * height })
      .map((data) => ({ width, height, data })),
  );

describe("where a colour is", () => {
  test("it is on its pixels and on no others", () => {
    const seen = photo("rrb", "r.b");
    expect([...coverage(seen, { palette, index: 0 })]).toEqual([1, 1, 0, 1, 0, 0]);
    expect([...coverage(seen, { palette, index: 1 })]).toEqual([0, 0, 1, 0, 0, 1]);
    expect(areaOf(seen, { palette, index: 2 })).toBeNull();
  });

  test("its heart is in the midst of the widest patch, not between two", () => {
    const seen = photo("rwwww", "wwwrr", "wwwrr");
    expect(areaOf(seen, { palette, index: 0 })?.heart).toEqual([4 / 5, 2 / 3]);
  });

  test("its path is made of the runs of each row", () => {
    expect(areaOf(photo("rrwr", "wwww"), { palette, index: 0 })?.path).toBe(
      "M0 0h0.5v0.5h-0.5zM0.75 0h0.25v0.5h-0.25z",
    );
  });

  test("no pixel has two colours, and every heart lies on its own", () => {
    fc.assert(
      fc.property(pixels, (seen) => {
        const covered = palette.map((_, index) => coverage(seen, { palette, index }));
        for (let n = 0; n < seen.width * seen.height; n += 1)
          expect(covered.filter((mask) => mask[n]).length).toBeLessThanOrEqual(1);
        covered.forEach((mask, index) => {
          const area = areaOf(seen, { palette, index });
          expect(area === null).toBe(!mask.includes(1));
          if (!area) return;
          const [x, y] = [area.heart[0] * seen.width, area.heart[1] * seen.height];
          const touching = [Math.ceil(y) - 1, Math.floor(y)].flatMap((row) =>
            [Math.ceil(x) - 1, Math.floor(x)].map((column) => mask[row * seen.width + column]),
          );
          expect(touching).toEqual([1, 1, 1, 1]);
        });
      }),
    );
  });
});

describe("evidence about colours", () => {
  const color = (name: string, hex: string) => ({ name, hex, share: 0.3, center: [7, 8] });
  const finding = { kind: "colors", palette: [color("rust", red), color("navy", blue)] };
  const features = { colors: feature({ analyzer: "colors", finding: finding as unknown as Finding }) };

  test("points at the colour wherever it is", () => {
    expect(marksOf(features, "colors.palette.1.name")).toEqual([
      { shape: "point", point: [7, 8], label: "navy", tint: { palette: [red, blue], index: 1 } },
    ]);
  });

  test("of the palette as a whole points at each", () => {
    expect(marksOf(features, "colors.palette")).toMatchObject([
      { tint: { index: 0 } },
      { tint: { index: 1 } },
    ]);
  });
});
