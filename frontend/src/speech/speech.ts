/** The roast as it is being spoken. */
import { useStillness } from "../components/media";
import type { Passage } from "../request/view";
import { useTyped } from "./typing";

/** A passage as far as it has been spoken. */
export interface Part extends Passage {
  readonly number: number;
  /** What is still to be said of it. */
  readonly rest: string;
  /** Whether all of it is out. */
  readonly whole: boolean;
}

export interface Speech {
  readonly parts: readonly Part[];
  /** Whether there are words that have arrived and are not out yet. */
  readonly speaking: boolean;
  /** Whether it was shown before: then words are not announced again, and there is no rest to ask for. */
  readonly repeated?: boolean;
  /** Passages that are here and have not begun: they have their place before they are shown. */
  readonly ahead?: readonly Passage[];
  /** Says the rest at once. */
  finish(): void;
}

/** Speaks `passages` when `live`, unless the visitor wants no movement; else they are simply there. */
export function useSpeech(passages: readonly Passage[], live: boolean): Speech {
  const still = useStillness();
  const text = passages.map((passage) => passage.text).join("\n");
  const [shown, finish] = useTyped(text, live && !still);
  const parts = cut(passages, shown);
  return { parts, ahead: passages.slice(parts.length), speaking: shown < text.length, finish };
}

/** The first `shown` characters of the passages, the breaks between them counted as one each. Pure. */
export function cut(passages: readonly Passage[], shown: number): Part[] {
  let left = shown;
  return passages
    .map(({ text, cues }, number) => {
      const part = text.slice(0, Math.max(0, left));
      left -= text.length + 1;
      return { number, text: part, cues, rest: text.slice(part.length), whole: part === text };
    })
    .filter(({ text }) => text !== "");
}
