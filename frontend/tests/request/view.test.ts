import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Line, Roast } from "../../src/request/types";
import { passagesOfLines, passagesOfRoast } from "../../src/request/view";
import { cut } from "../../src/speech/speech";
import { spoken } from "../../src/speech/typing";
import { id } from "../events";

function line(n: number, joke: number, text: string, attempt = 1): Line {
  return { type: "line", id, at: n, attempt, n, joke, text, cues: [`cue${joke}`] };
}

function roast(text: string, ...jokes: string[]): Roast {
  return {
    type: "roast",
    id,
    at: 9,
    text,
    jokes: jokes.map((joke, n) => ({ text: joke, cues: [`cue${n}`] })),
    writer: "house",
    persona: "critic",
    heat: "medium",
    attempt: 1,
    write_ms: 1,
    first_word_ms: 1,
    note: null,
  };
}

describe("passages of streamed lines", () => {
  test("join the pieces of each joke in their order, whatever the order of arrival", () => {
    const lines = [line(1, 0, "A photo "), line(2, 0, "walks in."), line(3, 1, "It leaves.")];
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: 3 }), (shuffled) => {
        expect(passagesOfLines(shuffled)).toEqual([
          { text: "A photo walks in.", cues: ["cue0"] },
          { text: "It leaves.", cues: ["cue1"] },
        ]);
      }),
    );
  });

  test("forget an attempt that was broken off", () => {
    expect(passagesOfLines([line(1, 0, "Old."), line(1, 0, "New.", 2)])).toEqual([
      { text: "New.", cues: ["cue0"] },
    ]);
  });
});

describe("passages of the final roast", () => {
  test("keep an opening and a farewell, and say which passages are jokes", () => {
    expect(passagesOfRoast(roast("Hello.\n\nOne.\n\nTwo.\n\nBye.", "One.", "Two."))).toEqual([
      { text: "Hello.", cues: [] },
      { text: "One.", cues: ["cue0"] },
      { text: "Two.", cues: ["cue1"] },
      { text: "Bye.", cues: [] },
    ]);
  });

  test("are the jokes alone when the text does not hold them", () => {
    expect(passagesOfRoast(roast("Something else.", "One."))).toEqual([{ text: "One.", cues: ["cue0"] }]);
  });

  test("lose no word of the text", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, fc.nat(11), (all, at) => {
        const text = all.join("\n");
        const joke = all[at % all.length] ?? "";
        const told = passagesOfRoast(roast(text, joke)).map((passage) => passage.text);
        expect(told.join(" ").replaceAll(" ", "")).toBe(all.join(""));
      }),
    );
  });
});

describe("the text as it is typed", () => {
  test("shows as many characters as were spoken, and never a passage that has not begun", () => {
    const passages = [
      { text: "One.", cues: ["a"] },
      { text: "Two.", cues: ["b"] },
    ];
    expect(cut(passages, 4).map(({ text, whole }) => [text, whole])).toEqual([["One.", true]]);
    expect(cut(passages, 7).map(({ text, whole }) => [text, whole])).toEqual([
      ["One.", true],
      ["Tw", false],
    ]);
  });

  test("comes to its end, never runs past it and never backwards", () => {
    const script = fc.tuple(fc.string({ maxLength: 300 }), fc.array(fc.integer({ min: 0, max: 500 })));
    fc.assert(
      fc.property(script, ([text, frames]) => {
        let [out, left] = [0, 0];
        for (const frame of [...frames, 600_000]) {
          const [next, rest] = spoken(text, out, frame + left);
          expect(next).toBeGreaterThanOrEqual(out);
          expect(next).toBeLessThanOrEqual(text.length);
          [out, left] = [next, rest];
        }
        expect(out).toBe(text.length);
      }),
    );
  });

  test("does not depend on how often the screen is drawn", () => {
    const text = "A photograph. Taken, it seems, by accident; kept, it seems, by force of habit.";
    const at = (frame: number) => {
      let [out, left] = [0, 0];
      for (let time = 0; time < 960; time += frame) [out, left] = spoken(text, out, frame + left);
      return out;
    };
    expect(at(8)).toBe(at(16));
    expect(at(16)).toBe(at(120));
  });
});
