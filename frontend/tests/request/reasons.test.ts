import fc from "fast-check";
import { describe, expect, test } from "vitest";
import join from "../../../aggregator/join.py?raw";
import service from "../../../analyzers/service.py?raw";
import { summary } from "../../src/components/upload/QueueStrip";
import { words } from "../../src/findings/words";
import { absences, plainly } from "../../src/request/reasons";
import type { Step } from "../../src/upload/queue";

describe("why somebody has nothing to say", () => {
  test("is told as the server's sentence is made", () => {
    expect(service).toContain('f"needs {need.analyzer}, which {need.status}: {need.reason');
  });

  test.each([
    ["no faces in the photo", "no faces in the photo"],
    [
      "needs mesh, which skipped: no faces in the photo",
      "no faces in the photo, so nothing from mesh to go by",
    ],
    ["needs skin_tone, which failed: broke", "broke, so nothing from skin tone to go by"],
    [
      "needs gestures, which skipped: needs pose, which failed: took too long",
      "took too long, so nothing from gestures to go by",
    ],
    [undefined, "no reason given"],
    [null, "no reason given"],
  ])("%j is told as %j", (reason, told) => {
    expect(plainly(reason)).toBe(told);
  });

  test("never speaks of statuses, however long the chain, and keeps its cause", () => {
    const chain = fc.array(fc.tuple(fc.constantFrom("mesh", "pose"), fc.constantFrom("skipped", "failed")));
    fc.assert(
      fc.property(chain, (links) => {
        const reason = links.reduceRight(
          (cause, [name, status]) => `needs ${name}, which ${status}: ${cause}`,
          "rain",
        );
        expect(plainly(reason)).toMatch(/^rain/);
        expect(plainly(reason)).not.toContain("which");
      }),
    );
  });
});

describe("those who are missing", () => {
  const late = join.match(/LATE = "([^"]+)"/)?.[1] as string;

  test("share a reason that they have in common: it is said once", () => {
    const names = ["age", "mesh", "skin_tone"];
    const missing = Object.fromEntries(
      [...names, "text"].map((name) => [name, name === "text" ? "broke" : late]),
    );
    expect(absences(missing)).toBe(`age, mesh and skin tone (${late}), and text (broke)`);
  });

  test("are all named, and each reason once", () => {
    const anybody = fc.dictionary(fc.stringMatching(/^[a-z]{3,8}$/), fc.constantFrom("rain", "snow"));
    fc.assert(
      fc.property(anybody, (missing) => {
        const told = absences(missing);
        for (const name of Object.keys(missing)) expect(told).toContain(words(name));
        expect(told.match(/\((rain|snow)\)/g)?.length ?? 0).toBe(new Set(Object.values(missing)).size);
      }),
    );
  });
});

describe("photos that came together", () => {
  const line = (...steps: Step[]) => summary(steps.map((step) => ({ step })));

  test("are counted as on stage or turned away", () => {
    expect(line("done", "done", "done")).toBe("All 3 photos have been on.");
    expect(line("done", "failed", "failed", "done")).toBe("2 of 4 photos have been on, 2 were turned away.");
    expect(line("failed", "done", "waiting")).toBe("1 of 3 photos have been on, 1 was turned away.");
    expect(line("done", "roasting", "sending")).toBe("1 of 3 photos have been on.");
    expect(line("done")).toBe("The photo has been on.");
  });
});
