import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { idOfLink, linkTo, sheetFor } from "../../src/share/share";
import { id } from "../events";

const card = new Blob(["png"], { type: "image/png" });
const link = linkTo(id, "https://photos.example");

describe("a link that is passed on", () => {
  test("leads back to its roast, with or without a slash", () => {
    expect(idOfLink(new URL(link).pathname)).toBe(id);
    expect(idOfLink(`/r/${id}/`)).toBe(id);
  });

  test.each(["/", "/r/", "/docs", `/api/r/${id}`, "/r/a b", "/r/a/b"])("%s leads to none", (path) => {
    expect(idOfLink(path)).toBeNull();
  });

  test("carries any id unharmed", () => {
    const ids = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
    const comesBack = (any: string) => idOfLink(new URL(linkTo(any, "http://h:1")).pathname) === any;
    fc.assert(fc.property(ids, comesBack));
  });
});

describe("the share sheet", () => {
  const share = vi.fn();

  test("gets the card as a file where files are taken", () => {
    const canShare = vi.fn((_: ShareData) => true);
    const data = sheetFor(card, "portrait", link, { share, canShare });
    expect(data?.url).toBe(link);
    expect(data?.files?.map(({ name, type }) => [name, type])).toEqual([
      ["heckler-portrait.png", "image/png"],
    ]);
    expect(canShare).toHaveBeenCalledWith(data);
  });

  test.each([
    ["the browser takes no files", card, { share, canShare: (): boolean => false }],
    ["the browser cannot say", card, { share }],
    ["there is no card yet", null, { share, canShare: (): boolean => true }],
  ])("gets the link alone when %s", (_when, blob, browser) => {
    expect(sheetFor(blob, "landscape", link, browser)).toEqual({ title: "Heckler", url: link });
  });

  test("is not offered where there is none", () => {
    expect(sheetFor(card, "landscape", link, {})).toBeNull();
  });
});
