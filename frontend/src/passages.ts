/** Stretches of text, partly spoken. */
import type { Passage } from "./view";

/** The first `shown` characters of the passages, the breaks between them counted as one each. Pure. */
export function cut(passages: readonly Passage[], shown: number) {
  let left = shown;
  return passages
    .map(({ text, cues }, number) => {
      const part = text.slice(0, Math.max(0, left));
      left -= text.length + 1;
      return { number, text: part, cues, whole: part === text };
    })
    .filter(({ text }) => text !== "");
}
