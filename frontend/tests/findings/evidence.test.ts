import { describe, expect, test } from "vitest";
import { exhibitOf, markOfSubject, marksOf, resolve } from "../../src/findings/evidence";
import { headline } from "../../src/findings/headline";
import { duration, listed, readable } from "../../src/findings/words";
import type { Feature } from "../../src/request/types";
import { feature } from "../events";

const box = (x: number) => ({ x, y: 20, w: 30, h: 40 });
const face = (x: number) => ({
  box: box(x),
  score: 0.93,
  landmarks: [],
  sharpness: 212.34,
  size: 0.031,
  cut_off: [],
});
const features: Record<string, Feature> = {
  faces: feature({ finding: { kind: "faces", faces: [face(10), face(200)] } as never }),
  composition: feature({
    analyzer: "composition",
    finding: {
      kind: "composition",
      heads: [{ face: 1, headroom: 0.1, cropped: [], position: "left", tilt: 3.21 }],
      subject: [50, 60],
      tilt: null,
    } as never,
  }),
  text: feature({
    analyzer: "text",
    finding: {
      kind: "text",
      lines: [
        {
          text: "EXIT",
          score: 0.9,
          quad: [
            [0, 0],
            [9, 0],
            [9, 5],
            [0, 5],
          ],
        },
      ],
    } as never,
  }),
  colors: feature({
    analyzer: "colors",
    finding: {
      kind: "colors",
      palette: [{ name: "navy", hex: "#112244", share: 0.4, center: [7, 8] }],
    } as never,
  }),
  quality: feature({ analyzer: "quality", status: "failed", finding: null, reason: "it broke" }),
};

describe("evidence", () => {
  test("resolves to the value that the path leads to", () => {
    expect(resolve(features, "faces.faces.1.sharpness")).toBe(212.34);
    expect(resolve(features, "composition.tilt")).toBeNull();
  });

  test.each(["pose.x", "quality.blur", "faces.faces.7.box", "faces.faces.0.toString", "faces.__proto__", ""])(
    "resolves to nothing for %j",
    (path) => {
      expect(resolve(features, path)).toBeUndefined();
      expect(exhibitOf(features, path)).toBeNull();
      expect(marksOf(features, path)).toEqual([]);
    },
  );

  test("is named and measured in words", () => {
    const told = (path: string) => {
      const exhibit = exhibitOf(features, path);
      return `${exhibit?.label}: ${exhibit?.value}`;
    };
    expect(told("faces.faces.0.sharpness")).toBe("face 1, sharpness: 212");
    expect(told("faces.faces.1.size")).toBe("face 2, size: 3 %");
    expect(told("faces.faces")).toBe("faces: 2");
    expect(told("composition.heads.0.tilt")).toBe("composition, head 1, tilt: 3.21°");
    expect(told("composition.heads.0.face")).toBe("composition, head 1, face: 2");
    expect(told("composition.tilt")).toBe("composition, tilt: unknown");
    expect(told("text.lines.0")).toBe("text, line 1: “EXIT”");
  });

  test("points at the face it is about, also by way of another finding", () => {
    expect(marksOf(features, "faces.faces.1.sharpness")).toMatchObject([{ shape: "box", box: box(200) }]);
    expect(marksOf(features, "composition.heads.0.tilt")).toMatchObject([{ shape: "box", box: box(200) }]);
    expect(markOfSubject(features, "face.0")).toMatchObject([{ shape: "box", box: box(10) }]);
    expect(markOfSubject(features, null)).toEqual([]);
  });

  test("points at the person, the hand, the cloth or the thing behind that it is about", () => {
    const triangle = [
      [0, 0],
      [9, 0],
      [9, 9],
    ];
    const seen: Record<string, Feature> = {
      ...features,
      mesh: feature({ finding: { kind: "mesh", faces: [{ face: 1, expressions: ["smile"] }] } as never }),
      pose: feature({
        finding: { kind: "pose", people: [{ box: box(70), postures: ["walking"] }] } as never,
      }),
      gestures: feature({
        finding: { kind: "gestures", hands: [{ box: box(80), gesture: "fist" }] } as never,
      }),
      fashion: feature({
        finding: {
          kind: "fashion",
          outfits: [{ person: 0, formality: "smart", cloths: [{ pattern: "striped", polygon: triangle }] }],
        } as never,
      }),
      background: feature({
        finding: { kind: "background", distractions: [{ box: box(90), reason: "bright" }] } as never,
      }),
    };
    const marked = (path: string) => marksOf(seen, path);
    expect(marked("mesh.faces.0.expressions.0")).toMatchObject([{ shape: "box", box: box(200) }]);
    expect(marked("pose.people.0.postures.0")).toMatchObject([{ shape: "box", box: box(70) }]);
    expect(marked("gestures.hands.0.gesture")).toMatchObject([{ shape: "box", box: box(80) }]);
    expect(marked("fashion.outfits.0.cloths.0.pattern")).toMatchObject([
      { shape: "polygon", points: triangle },
    ]);
    expect(marked("fashion.outfits.0.formality")).toMatchObject([{ shape: "box", box: box(70) }]);
    expect(marked("background.distractions.0.reason")).toMatchObject([{ shape: "box", box: box(90) }]);
  });

  test("points at every face when it is about all of them", () => {
    expect(marksOf(features, "faces.faces").map((mark) => mark.label)).toEqual(["face 1", "face 2"]);
  });

  test("points at lines of text and at single points", () => {
    expect(marksOf(features, "text.lines.0.text")).toMatchObject([{ shape: "polygon" }]);
    expect(marksOf(features, "composition.subject")).toMatchObject([{ shape: "point", point: [50, 60] }]);
    expect(marksOf(features, "colors.palette.0.share")).toMatchObject([
      { shape: "point", point: [7, 8], label: "navy" },
    ]);
  });
});

const one = { face: 0 };
const place = { label: "gymnasium/indoor", score: 0.64 };
const person = { box: box(10), points: [[1, 2, 3, 1]], visible: ["head"], facing: "camera" };
const cloth = (name: string, pattern = "plain") => ({
  region: "torso",
  colors: [{ name, hex: "#112233", share: 0.5, center: [1, 2] }],
  pattern,
  polygon: [[0, 0]],
});

describe("headlines", () => {
  test.each([
    [{ kind: "objects", objects: [] }, "nothing that it knows"],
    [
      { kind: "objects", objects: ["person", "person", "tie", "bus"].map((label) => ({ label })) },
      "2 × person, tie, bus",
    ],
    [{ kind: "objects", objects: [..."abcdef"].map((label) => ({ label })) }, "a, b, c, d, 2 more"],
    [
      { kind: "mesh", faces: [{ expressions: ["duck_face", "squint"] }, { expressions: ["neutral"] }] },
      "duck face, squint; neutral",
    ],
    [{ kind: "mesh", faces: [] }, "no face near enough"],
    [{ kind: "emotions", faces: [{ ...one, label: "sadness", score: 0.61 }] }, "sadness 61 %"],
    [{ kind: "age", faces: [{ ...one, age: 41, low: 33.4, high: 48.6 }] }, "33 to 49"],
    [{ kind: "pose", people: [{ ...person, postures: ["arms_crossed"] }] }, "arms crossed"],
    [{ kind: "pose", people: [{ ...person, postures: [] }] }, "facing camera"],
    [{ kind: "gestures", hands: [{ gesture: "victory" }, { gesture: "victory" }] }, "2 × victory"],
    [{ kind: "gestures", hands: [{ gesture: null }] }, "1 hand, no gesture"],
    [{ kind: "gestures", hands: [] }, "no hands"],
    [
      { kind: "body_type", people: [{ label: "inverted_triangle" }, { label: null }] },
      "inverted triangle; undecided",
    ],
    [
      {
        kind: "fashion",
        garments: [],
        outfits: [{ person: 0, cloths: [cloth("blue", "striped"), cloth("black")], formality: "smart" }],
      },
      "striped blue over black, smart",
    ],
    [{ kind: "fashion", garments: [{ label: "trousers" }], outfits: [] }, "trousers"],
    [{ kind: "scene", places: [place], indoor: 0.9, attributes: [] }, "gymnasium (indoor) 64 %, indoors"],
    [
      { kind: "background", blur: "sharp", clutter: 0.4, distractions: [{}], person_share: 0.3 },
      "sharp, people on 30 %, cluttered, 1 distraction",
    ],
    [{ kind: "background", person_share: 0 }, "nobody in front of it"],
    [{ kind: "aesthetics", mean: 5.26, spread: 1.41, votes: [] }, "5.3 of 10, give or take 1.41"],
  ])("tell %j as %j", (finding, told) => {
    expect(headline(finding as never)).toBe(told);
  });

  test.each(["gender", "ethnicity", "skin_tone", "attractiveness"])("are discreet about %s", (kind) => {
    const faces = [{ face: 0, label: "woman", score: 0.9, monk: 4 }];
    expect(headline({ kind, faces } as never)).toBe("estimated for 1 face, never joked about");
  });
});

describe("words", () => {
  test("say what kind of finding it is", () => {
    expect(headline(features.faces?.finding as never)).toBe("2 faces");
  });

  test.each([
    [
      { kind: "wardrobe", hats: 3, main_style: "smart_casual", clean: true, torn: false, owner: null },
      "hats 3, main style smart casual, clean",
    ],
    [{ kind: "constructor", rings: [{}, {}], size: { w: 1 }, score: 0.5 }, "2 rings, score 50 %"],
    [{ kind: "silent" }, ""],
  ])("tell of one that they have never heard of what its fields are: %j", (finding, told) => {
    expect(headline(finding)).toBe(told);
  });

  test.each([
    ["symmetry", 0.824, "82 %"],
    ["taken_year", 1999, "1999"],
    ["megapixels", 12.19, "12.2 MP"],
    ["noisy", false, "no"],
    ["filters", ["sepia", "faded"], "sepia, faded"],
    ["filters", [], "none"],
    ["maker", null, "unknown"],
    ["box", box(10), "30 × 40 px, from 10, 20"],
  ])("read %s %j as %j", (name, value, told) => {
    expect(readable(name, value)).toBe(told);
  });

  test.each([
    [
      { face: 0, pose: { yaw: 12.34, pitch: -3 }, points: [[1, 2, 3]] },
      "face 1, pose (yaw 12.3°, pitch -3°)",
    ],
    [
      { person: 1, cloths: [cloth("blue"), cloth("red")] },
      "person 2, cloths (region torso, colours (blue), pattern plain; region torso, colours (red), pattern plain)",
    ],
    [{ lab: [60, 12.5, 20], box: box(1), missing: null }, "lab 60, 12.5, 20"],
    [
      { blendshapes: Object.fromEntries(Array.from({ length: 52 }, (_, n) => [`b${n}`, n / 52])) },
      "blendshapes (b51 0.98, b50 0.96, b49 0.94, b48 0.92, b47 0.9, 47 more)",
    ],
  ])("read %j with all that it holds, and no places", (value, told) => {
    expect(readable("item", value)).toBe(told);
  });

  test("tell times and lists as people do", () => {
    expect([0.2, 41.6, 2400].map(duration)).toEqual(["under 1 ms", "42 ms", "2.4 s"]);
    expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listed)).toEqual(["", "a", "a and b", "a, b and c"]);
  });
});
