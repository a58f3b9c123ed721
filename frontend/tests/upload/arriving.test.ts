import fc from "fast-check";
import { describe, expect, test } from "vitest";
import prompt from "../../../llm/prompting/prompt.py?raw";
import { constraintsOf, explain, obstacle, otherThan, troubleIn } from "../../src/upload/camera";
import { photosAmong } from "../../src/upload/dropPaste";
import { caveat, languages, tags } from "../../src/upload/languages";
import { possible } from "../../src/upload/options";

describe("files that come together", () => {
  const kind = (type: string, name = "file") => ({ type, name });

  test("are the images among them", () => {
    const files = [kind("text/plain"), kind("image/png"), kind(""), kind("image/jpeg")];
    expect(photosAmong(files)).toEqual([kind("image/png"), kind("image/jpeg")]);
  });

  test.each(["IMG_1.HEIC", "a.b.heif", "x.avif"])(
    "are those like %s, too, which not every system knows",
    (name) => {
      const files = [kind("", name), kind("image/jpeg"), kind("", "heic.txt")];
      expect(photosAmong(files)).toEqual(files.slice(0, 2));
    },
  );

  test("are all of them where none says that it is an image: the server knows better, and says what is wrong", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("", "text/plain", "video/mp4").map((type) => kind(type))),
        (files) => {
          expect(photosAmong(files)).toEqual(files);
        },
      ),
    );
  });
});

describe("a camera that gives no picture", () => {
  test.each([
    ["NotAllowedError", "refused"],
    ["SecurityError", "refused"],
    ["NotFoundError", "none"],
    ["OverconstrainedError", "none"],
    ["NotReadableError", "busy"],
    ["AbortError", "busy"],
    ["TypeError", "broken"],
  ] as const)("by %s was %s, and the page says what to do", (name, trouble) => {
    expect(troubleIn(Object.assign(new Error("no"), { name }))).toBe(trouble);
    const { title, advice } = explain(trouble);
    expect(title).toMatch(/\.$/);
    expect(advice).toMatch(/\.$/);
  });

  test("on an unsafe address is explained by the address, not by the browser", () => {
    expect(obstacle(false, false)).toBe("insecure");
    expect(obstacle(true, false)).toBe("unsupported");
    expect(obstacle(true, true)).toBeNull();
    expect(explain("insecure").advice).toMatch(/HTTPS/);
  });
});

describe("the other camera", () => {
  test("is on the other side where cameras have sides", () => {
    expect(otherThan({ facingMode: "user" }, ["a", "b"])).toEqual({ facing: "environment" });
    expect(otherThan({ facingMode: "environment" }, ["a", "b"])).toEqual({ facing: "user" });
  });

  test("is the next one where they have none, and each has its turn", () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^[a-f0-9]{8}$/), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(ids, (devices) => {
        const seen = new Set<string>();
        let at = devices[0] as string;
        for (const _ of devices) {
          const next = otherThan({ deviceId: at }, devices);
          if (!("device" in next)) throw new Error("a camera without sides has an id");
          at = next.device;
          seen.add(at);
        }
        expect(seen.size).toBe(devices.length);
      }),
    );
  });

  test("is asked for without a microphone", () => {
    expect(constraintsOf({ facing: "user" })).toMatchObject({ audio: false, video: { facingMode: "user" } });
    expect(constraintsOf({ device: "d" })).toMatchObject({
      audio: false,
      video: { deviceId: { exact: "d" } },
    });
  });
});

describe("languages", () => {
  test("are those that the writers know by name", () => {
    const python = prompt.match(/LANGUAGES = \{([^}]*)\}/)?.[1] ?? "";
    expect([...python.matchAll(/"([a-z]{2})":/g)].map(([, tag]) => tag).sort()).toEqual([...tags].sort());
  });

  test("have names, English first, and only English comes without a caveat", () => {
    expect(languages()[0]).toEqual(["en", "English"]);
    for (const [tag, name] of languages()) {
      expect(name).not.toBe("");
      expect(caveat(tag) === "").toBe(tag === "en");
    }
    expect(Object.fromEntries(languages()).de).toBe("Deutsch");
  });
});

describe("a judge that was remembered", () => {
  const options = { persona: "mime", heat: "savage", length: "short", language: "de" } as const;
  const persona = (name: string) => ({ name, title: name, description: "" });

  test("who has left the house is replaced, and the rest of the wish holds", () => {
    expect(possible(options, [persona("fool"), persona("critic")])).toEqual({
      ...options,
      persona: "critic",
    });
    expect(possible(options, [persona("fool")])).toEqual({ ...options, persona: "fool" });
  });

  test("stays as long as nobody knows who is in, or is in", () => {
    expect(possible(options, [])).toBe(options);
    expect(possible(options, [persona("mime")])).toBe(options);
  });
});
