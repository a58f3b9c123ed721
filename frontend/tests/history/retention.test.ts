import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { promise, span } from "../../src/history/retention";
import type { About } from "../../src/request/types";

const seconds = { second: 1, minute: 60, hour: 3600, day: 86400 };

function about(photo: number, event: number): About {
  return {
    version: "1",
    photo_ttl_s: photo,
    event_ttl_s: event,
    url_uploads: false,
    max_upload_bytes: 1,
    max_pixels: 1,
  };
}

describe("a time that something is kept", () => {
  test.each([
    [3600, "an hour"],
    [86400, "a day"],
    [60, "a minute"],
    [1, "a second"],
    [0.5, "a second"],
    [1.5, "2 seconds"],
    [90, "90 seconds"],
    [5400, "90 minutes"],
    [7200, "2 hours"],
    [90000, "25 hours"],
    [7 * 86400, "7 days"],
  ])("%d seconds are %s", (time, words) => {
    expect(span(time)).toBe(words);
  });

  test("is never said to be shorter than it is, nor twice as long", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e8, noNaN: true }), (time) => {
        const [count, unit] = span(time).split(" ") as [string, string];
        const told = (Number(count) || 1) * seconds[unit.replace(/s$/, "") as keyof typeof seconds];
        return told >= time && told < 2 * time;
      }),
    );
  });
});

describe("what the page promises", () => {
  test("is what the server says", () => {
    expect(promise(about(1800, 2 * 86400))).toBe(
      "Photos stay on this server for 30 minutes, what was noticed and said about them for 2 days.",
    );
  });

  test("names a time that holds for both only once", () => {
    expect(promise(about(3600, 3600)).match(/an hour/g)).toHaveLength(1);
  });

  test("has no number before the server has answered", () => {
    expect(promise(null)).not.toMatch(/\d|hour|day/);
  });
});
