import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { angleWords, buildRows, ranked, shapeName, share, structureRows } from "../../src/findings/anatomy";
import { faceFilesOf, facesIn, findingOf, personsIn } from "../../src/findings/perFace";
import { hexOfLab, monkTones } from "../../src/findings/skin";
import { kindName, payload, textOf } from "../../src/replay/eventText";
import type { Feature, Finding, LogEvent } from "../../src/request/types";
import { anyLogEvent, feature } from "../events";

const box = { x: 1, y: 2, w: 30, h: 40 };
const features = (...findings: Finding[]): Record<string, Feature> =>
  Object.fromEntries(findings.map((finding) => [finding.kind, feature({ analyzer: finding.kind, finding })]));

const face = { box, score: 0.9, landmarks: [], sharpness: 3, size: 0.1, cut_off: [] };
const age = (n: number) => ({ face: n, age: 30 + n, low: 20, high: 40 });

describe("the file of a face", () => {
  test("holds what refers to it, in whatever order it was reported, and nothing of another's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), (n, seed) => {
        const ages = Array.from({ length: n }, (_, i) => age((i + seed) % n));
        const found = features(
          { kind: "faces", faces: Array.from({ length: n }, () => face) },
          { kind: "age", faces: ages },
        );
        const files = facesIn(faceFilesOf(found));
        expect(files.map(({ number }) => number)).toEqual(ages.map((_, i) => i));
        expect(files.map((file) => file.age?.age)).toEqual(ages.map((_, i) => 30 + i));
        expect(files.every(({ mesh, gender }) => mesh === null && gender === null)).toBe(true);
      }),
    );
  });

  test("leaves out what refers to a face that is not there", () => {
    expect(facesIn(faceFilesOf(features({ kind: "age", faces: [age(0)] })))).toEqual([]);
  });
});

describe("the file of a person", () => {
  const pose = (n: number) => ({
    ...{ person: n, face: null, box, points: [], postures: [], lean: null },
    ...{ facing: "camera" as const, visible: [] },
  });
  const hand = (person: number | null) => ({
    ...{ person, side: "left" as const, box, points: [], gesture: null, score: 0.5 },
  });

  test("gives every hand to exactly one, and those of nobody to the last", () => {
    const owner = fc.option(fc.integer({ min: -1, max: 5 }), { nil: null });
    fc.assert(
      fc.property(fc.nat(4), fc.array(owner, { maxLength: 8 }), (people, owners) => {
        const persons = personsIn(
          features(
            { kind: "pose", people: Array.from({ length: people }, (_, n) => pose(n)) },
            { kind: "gestures", hands: owners.map(hand) },
          ),
        );
        expect(persons.flatMap(({ hands }) => hands)).toHaveLength(owners.length);
        for (const { number, hands } of persons)
          if (number !== null) expect(hands.every(({ person }) => person === number)).toBe(true);
        const strays = owners.some((one) => one === null || one < 0 || one >= people);
        expect(persons.some(({ number }) => number === null)).toBe(strays);
      }),
    );
  });
});

test("a finding is known by its kind, whoever reported it", () => {
  const facts = feature({ analyzer: "exif", finding: { kind: "age", faces: [] } });
  expect(findingOf({ exif: facts }, "age")).toEqual({ kind: "age", faces: [] });
  expect(findingOf({ exif: facts }, "text")).toBeNull();
});

describe("measures in words", () => {
  test("name what they are measured against", () => {
    const structure = {
      ...{
        shape: "oval" as const,
        length_to_width: 1.4,
        jaw_to_cheekbones: 0.8,
        forehead_to_cheekbones: 0.9,
      },
      ...{ eye_spacing: 1.1, eye_openness: [0.25, 0.3] as [number, number], brow_height: 0.15 },
      ...{ nose_width: 1, nose_length: 0.28, mouth_width: 1.5 },
    };
    const rows = Object.fromEntries(structureRows(structure));
    expect(rows).toMatchObject({ Jaw: "0.80 of the cheekbones", Mouth: "1.50 nose widths" });
    expect(rows["Eyes open"]).toBe("25 % of the width (right), 30 % (left)");
  });

  test("leave out the joints that were hidden", () => {
    const ratios = { shoulder_to_hip: 1.5, torso_to_leg: null, arm_to_torso: null, shoulder_to_height: 0.2 };
    expect(buildRows(ratios).map(([term]) => term)).toEqual(["Shoulders", "Shoulders to height"]);
  });

  test.each([
    [17.2, "17° up"],
    [-17.2, "17° down"],
    [1.9, "level"],
    [-1.9, "level"],
  ])("say where %d degrees point to", (degrees, said) => {
    expect(angleWords(degrees, "% up", "% down", "level")).toBe(said);
  });

  test.each([
    [0.183, "18 %"],
    [0.0031, "0.3 %"],
    [0, "0 %"],
    [1, "100 %"],
  ])("tell %d as a share", (value, said) => {
    expect(share(value)).toBe(said);
  });

  test.each([
    ["browOuterUpLeft", "brow outer up, left"],
    ["jawOpen", "jaw open"],
    ["mouthLeft", "mouth, left"],
  ])("spell %s out", (name, said) => {
    expect(shapeName(name)).toBe(said);
  });

  test("rank the most marked first, and lose none", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.double({ min: 0, max: 1, noNaN: true })), (scores) => {
        const order = ranked(scores);
        expect(Object.fromEntries(order)).toEqual({ ...scores });
        order.forEach(([, score], n) => {
          if (n > 0) expect(score).toBeLessThanOrEqual(order[n - 1]?.[1] ?? 1);
        });
      }),
    );
  });
});

describe("a colour measured in L*a*b*", () => {
  // References by colour-science's own conversion of the sRGB primaries.
  test.each([
    [[0, 0, 0], "#000000"],
    [[100, 0, 0], "#ffffff"],
    [[53.2408, 80.0925, 67.2032], "#ff0000"],
    [[87.7347, -86.1827, 83.1793], "#00ff00"],
    [[32.297, 79.1875, -107.8602], "#0000ff"],
    [[53.585, 0, 0], "#808080"],
  ] as const)("%j is %s on a screen", (lab, hex) => {
    expect(hexOfLab(lab)).toBe(hex);
  });

  test("is always one that a screen knows", () => {
    const part = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(part(0, 100), part(-128, 128), part(-128, 128), (l, a, b) => {
        expect(hexOfLab([l, a, b])).toMatch(/^#[0-9a-f]{6}$/);
      }),
    );
  });

  test("has ten tones to stand beside", () => {
    expect(new Set(monkTones).size).toBe(10);
  });
});

describe("an event in words", () => {
  test("says where it is from and what it says, whatever it is", () => {
    fc.assert(
      fc.property(anyLogEvent, (event) => {
        const { source, what } = textOf(event);
        for (const text of [source, what, kindName(event.type)]) {
          expect(text).not.toBe("");
          expect(text).not.toMatch(/undefined|null|NaN|\[object/);
        }
      }),
    );
  });

  test("is named even when only a newer server knows it", () => {
    const strange = { type: "standing_ovation", id: "x", at: 1 } as unknown as LogEvent;
    expect(textOf(strange)).toEqual({ source: "Server", what: "standing ovation" });
    expect(kindName("standing_ovation")).toBe("standing ovation");
  });

  test("shows its payload whole but for long runs of numbers, a point on one line", () => {
    const points = Array.from({ length: 478 }, (_, n) => [n, n + 0.12345678, -n]);
    const mesh = { kind: "mesh", faces: [{ face: 0, points }], note: [1, 2] } as unknown as Finding;
    const text = payload(feature({ analyzer: "mesh", finding: mesh }));
    expect(text).toContain("[1, 1.123457, -1]");
    expect(text).toContain("… 475 more");
    expect(text).toContain('"note": [1, 2]');
    expect(text.split("\n").length).toBeLessThan(40);
  });
});
