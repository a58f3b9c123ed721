/** How the visitor likes their roast; remembered in this browser, and nowhere else. */
import { useState } from "react";
import type { Options } from "../request/api";
import type { Heat, Length, Persona } from "../request/types";
import { tags } from "./languages";

export const heats: readonly Heat[] = ["gentle", "medium", "savage"];
export const lengths: readonly Length[] = ["short", "medium", "long"];

const storageKey = "heckler.wish";
const usual: Options = { persona: "critic", heat: "medium", length: "medium", language: "en" };

export function useOptions(): [Options, (change: Partial<Options>) => void] {
  const [options, setOptions] = useState(remembered);
  const change = (part: Partial<Options>) => {
    const next = { ...options, ...part };
    setOptions(next);
    remember(next);
  };
  return [options, change];
}

/** `options` with a persona that there is: one remembered from earlier may be gone. */
export function possible(options: Options, personas: readonly Persona[]): Options {
  const names = personas.map(({ name }) => name);
  if (names.length === 0 || names.includes(options.persona)) return options;
  return { ...options, persona: names.find((name) => name === usual.persona) ?? names[0] ?? options.persona };
}

function remembered(): Options {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) ?? "{}") as Partial<Options>;
    return {
      persona: typeof stored.persona === "string" ? stored.persona : usual.persona,
      heat: heats.find((heat) => heat === stored.heat) ?? usual.heat,
      length: lengths.find((length) => length === stored.length) ?? usual.length,
      language: tags.find((tag) => tag === stored.language) ?? usual.language,
    };
  } catch {
    return usual;
  }
}

function remember(options: Options): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(options));
  } catch {
    // A browser that stores nothing forgets, and that is its visitor's will.
  }
}
