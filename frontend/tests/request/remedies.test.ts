import fc from "fast-check";
import { describe, expect, test } from "vitest";
import join from "../../../aggregator/join.py?raw";
import roast from "../../../aggregator/roast/stage.py?raw";
import stages from "../../../aggregator/stages.py?raw";
import problems from "../../../gateway/http/problems.py?raw";
import writer from "../../../llm/service.py?raw";
import { type Problem, ProblemError, problemFrom, problemOf, unreachable } from "../../src/request/problem";
import { pause, remedies, remedyOf } from "../../src/request/remedies";

/** Code, status, hint and seconds to wait of every problem that the gateway can answer with, as it says itself. */
const kinds = [
  ...problems.matchAll(/"(\w+)": Kind\(\s*(\d{3}),\s+"([^"]+)",\s+(?:"([^"]+)"|(\w+))(?:,\s+(\d+))?/g),
].map(([, code, status, title, hint, , wait]) => ({
  code: code as string,
  body: JSON.stringify({
    code,
    title,
    hint: hint ?? "Send a JPEG.",
    detail: "It happened.",
    status: Number(status),
  }),
  status: Number(status),
  wait: wait ?? null,
}));

/** What only a program can follow. */
const forPrograms = /multipart|GET |\/api\/|form field|HECKLER_URL_UPLOADS/;

describe("every problem of the API", () => {
  test("was read out of the gateway", () => {
    const listed = problems.match(/: Kind\(/g) ?? [];
    expect(kinds).toHaveLength(listed.length);
    expect(kinds.length).toBeGreaterThan(25);
  });

  test.each(kinds)("$code has a way on, in words for people", ({ code, status, body, wait }) => {
    expect(Object.hasOwn(remedies, code)).toBe(true);
    const problem = problemFrom(status, body, wait);
    const { ways, hint } = remedyOf(problem);
    expect(problem).toMatchObject({ code, status });
    expect(ways.length).toBeGreaterThan(0);
    expect(new Set(ways).size).toBe(ways.length);
    // "again" is only offered where something was tried; whoever came by a link needs another way.
    expect(ways.filter((way) => way !== "again")).not.toEqual([]);
    expect(hint).toMatch(/^[A-Z].*\.$/);
    expect(hint).not.toMatch(forPrograms);
  });

  test.each(kinds.filter(({ wait }) => wait))(
    "$code passes, so the page waits as told",
    ({ status, body, wait }) => {
      const problem = problemFrom(status, body, wait);
      expect(problem.retryAfter).toBe(Number(wait));
      expect(remedyOf(problem)).toMatchObject({ wait: Number(wait) });
      expect(remedyOf(problem).ways[0]).toBe("again");
    },
  );
});

/** How a request may end that was taken in: code and hint of every `Failed` event there is. */
const endings = [
  ...[join, roast, stages, writer]
    .join("\n")
    .matchAll(/ Failed\([^"]*code="(\w+)",\s*detail=f?"[^"]*",\s*hint="([^"]*)"/g),
].map(([, code, hint]) => ({ code: code as string, hint: hint as string }));

describe("every bad end of a show", () => {
  test("was read out of the services", () => {
    expect(endings.map(({ code }) => code).sort()).toEqual([
      ...[
        "expired",
        "explicit",
        "not_looked_at",
        "not_looked_at",
        "nothing_to_say",
        "photo_damaged",
        "unknown_product",
      ],
    ]);
  });

  test.each(endings)("$code has a way on, in words for people", ({ code, hint }) => {
    const remedy = remedyOf({ code, hint, status: 0 });
    expect(Object.hasOwn(remedies, code)).toBe(true);
    expect(remedy.hint).toMatch(/^[A-Z].*\.$/);
    expect(remedy.hint).not.toMatch(forPrograms);
  });
});

describe("problems of others", () => {
  const known: [string, Problem, number | undefined][] = [
    ["no answer at all", unreachable(), 3],
    ["a bug of the page", problemOf(new TypeError("x is not a function")), undefined],
    ["a proxy's limit on size", problemFrom(413, "<html>nginx</html>"), undefined],
    ["a proxy's limit on how often", problemFrom(429, ""), 10],
    ["a proxy without a gateway", problemFrom(502, "<html>"), 3],
  ];
  test.each(known)("%s has a way on", (_, problem, wait) => {
    expect(remedyOf(problem).ways.length).toBeGreaterThan(0);
    expect(remedyOf(problem).wait).toBe(wait);
  });

  test("whatever was answered, there is a way on besides trying again", () => {
    const codes = fc.oneof(fc.constantFrom("constructor", "__proto__", "toString"), fc.string());
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), codes, (status, code) => {
        const { ways } = remedyOf(problemFrom(status, JSON.stringify({ code })));
        expect(ways.some((way) => way !== "again")).toBe(true);
      }),
    );
  });

  test("an error keeps the problem that it was made of", () => {
    const problem = problemFrom(503, JSON.stringify({ code: "busy" }), "7");
    expect(problemOf(new ProblemError(problem))).toBe(problem);
    expect(problem.retryAfter).toBe(7);
  });

  test.each(["", "soon", "-3", "0", null])("Retry-After %j says nothing", (header) => {
    expect(problemFrom(503, "{}", header)).not.toHaveProperty("retryAfter");
  });
});

describe("the time between tries", () => {
  test("begins as told, never shrinks, and stays within a minute", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 2000 }), (wait, tries) => {
        expect(pause(wait, 1)).toBe(wait);
        expect(pause(wait, tries + 1)).toBeGreaterThanOrEqual(pause(wait, tries));
        expect(pause(wait, tries)).toBeLessThanOrEqual(60);
      }),
    );
  });
});
