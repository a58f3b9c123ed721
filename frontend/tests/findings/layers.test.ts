import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bones, layersOf } from "../../src/findings/layers";
import { boundsOf, type Mark, markAt, type Pair } from "../../src/findings/marks";
import { chosen } from "../../src/findings/useLayers";
import type { Finding } from "../../src/request/types";
import { feature } from "../events";

const size = { width: 400, height: 300 };
const box = { x: 10, y: 20, w: 100, h: 80 };
const found = (finding: unknown) => {
  const kind = (finding as Finding).kind;
  return { [kind]: feature({ analyzer: kind, finding: finding as Finding }) };
};

describe("the layers of a photo", () => {
  test("are there for what was found, and not for what was looked for in vain", () => {
    const features = {
      ...found({ kind: "objects", objects: [{ label: "tie", score: 0.9, box, size: 0.1 }] }),
      ...found({ kind: "text", lines: [] }),
      ...found({ kind: "quality" }),
      pose: feature({ analyzer: "pose", status: "failed", finding: null, reason: "it fell" }),
    };
    expect(layersOf(features, size).map(({ id, named }) => [id, named])).toEqual([["objects", true]]);
    expect(layersOf(features, size)[0]?.marks).toEqual([{ shape: "box", box, label: "tie" }]);
  });

  test("never show what a photo is refused for", () => {
    const regions = [{ label: "x", score: 1, box }];
    expect(layersOf(found({ kind: "explicit", explicit: true, regions }), size)).toEqual([]);
  });

  test("draw the thirds at the thirds, and the horizon as it leans", () => {
    const [layer] = layersOf(found({ kind: "composition", tilt: 45, subject: [7, 8] }), size);
    const lines = layer?.marks.filter((mark) => mark.label === "line of thirds") ?? [];
    expect(
      lines.flatMap((mark) => (mark.shape === "path" ? (mark.points[0] ?? []).map(Math.round) : [])),
    ).toEqual([133, 0, 0, 100, 267, 0, 0, 200]);
    const horizon = layer?.marks.find((mark) => mark.label === "horizon, 45.0°");
    expect(horizon && boundsOf(horizon)).toMatchObject({ x: 0, w: 400, h: expect.closeTo(400) });
  });

  test("lay the palette along the lower edge, each colour as wide as its share", () => {
    const palette = [
      { name: "black", hex: "#000000", share: 0.6, center: [1, 1] },
      { name: "red", hex: "#ff0000", share: 0.2, center: [2, 2] },
    ];
    const [layer] = layersOf(found({ kind: "colors", palette }), size);
    const boxes = (layer?.marks ?? []).map((mark) => [mark.label, mark.fill, boundsOf(mark)] as const);
    expect(boxes.map(([label, fill]) => [label, fill])).toEqual([
      ["black, 60 %", "#000000"],
      ["red, 20 %", "#ff0000"],
    ]);
    expect(boxes[0]?.[2].w).toBeCloseTo(300);
    expect(boxes[1]?.[2].x).toBeCloseTo(300);
    for (const [, , { y, h }] of boxes) expect(y + h).toBeCloseTo(300);
  });

  test("join landmarks that are seen, and break where one is not", () => {
    const landmarks = [
      [0, 0, 0, 1],
      [1, 1, 0, 0.9],
      [2, 2, 0, 0.1],
      [3, 3, 0, 0.8],
      [4, 4, 0],
    ];
    expect(
      bones(landmarks, [[0, 1, 2, 3, 4, 9]], "arm").map((mark) => mark.shape === "path" && mark.points),
    ).toEqual([
      [
        [0, 0],
        [1, 1],
      ],
      [
        [3, 3],
        [4, 4],
      ],
    ]);
  });
});

describe("the mark under a finger", () => {
  const outer: Mark = { shape: "box", box: { x: 0, y: 0, w: 200, h: 200 }, label: "person" };
  const inner: Mark = { shape: "box", box, label: "tie" };
  const line: Mark = {
    shape: "path",
    points: [
      [0, 250],
      [200, 250],
    ],
    label: "horizon",
  };
  const dot: Mark = { shape: "point", point: [300, 30], label: "spot" };

  test("is the smallest of those that lie there", () => {
    expect(markAt([outer, inner], [50, 50], 5)?.label).toBe("tie");
    expect(markAt([inner, outer], [50, 50], 5)?.label).toBe("tie");
    expect(markAt([outer, inner], [150, 150], 5)?.label).toBe("person");
  });

  test("is reached near thin things too, and nowhere else", () => {
    expect(markAt([line, dot], [100, 254], 5)?.label).toBe("horizon");
    expect(markAt([line, dot], [306, 34], 5)?.label).toBe("spot");
    expect(markAt([line, dot], [100, 270], 5)).toBeNull();
  });

  test("is a polygon exactly where a point lies inside it", () => {
    const points: Pair[] = [
      [100, 100],
      [300, 100],
      [100, 300],
    ];
    const triangle: Mark = { shape: "polygon", points, label: "coat" };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }), (x, y) => {
        const clearly = Math.min(x - 100, y - 100, 400 - x - y);
        fc.pre(Math.abs(clearly) > 1);
        expect(markAt([triangle], [x, y], 1) !== null).toBe(clearly > 0);
      }),
    );
  });
});

describe("the visitor's choice of layers", () => {
  test("is what was kept, else faces and objects", () => {
    expect(chosen('["mesh"]')).toEqual(["mesh"]);
    expect(chosen("[]")).toEqual([]);
    for (const stored of [null, "", "{}", "[1]", "nonsense"])
      expect(chosen(stored)).toEqual(["faces", "objects"]);
  });
});
