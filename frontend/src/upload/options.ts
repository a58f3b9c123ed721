/** How the visitor likes their roast; remembered in this browser, and nowhere else. */
import { useState } from "react";
import type { Wish } from "../request/api";
import type { Heat, Length, Persona } from "../request/types";
import { tags } from "./languages";

export const heats: readonly Heat[] = ["gentle", "medium", "savage"];
export const lengths: readonly Length[] = ["short", "medium", "long"];

const shelf = "heckler.wish";
const usual: Wish = { persona: "critic", heat: "medium", length: "medium", language: "en" };

export function useWish(): [Wish, (change: Partial<Wish>) => void] {
  const [wish, setWish] = useState(remembered);
  const change = (part: Partial<Wish>) => {
    const next = { ...wish, ...part };
    setWish(next);
    remember(next);
  };
  return [wish, change];
}

/** `wish`, by somebody who is in: a judge remembered from earlier may have left the house. */
export function possible(wish: Wish, personas: readonly Persona[]): Wish {
  const names = personas.map(({ name }) => name);
  if (names.length === 0 || names.includes(wish.persona)) return wish;
  return { ...wish, persona: names.find((name) => name === usual.persona) ?? names[0] ?? wish.persona };
}

function remembered(): Wish {
  try {
    const told = JSON.parse(localStorage.getItem(shelf) ?? "{}") as Partial<Wish>;
    return {
      persona: typeof told.persona === "string" ? told.persona : usual.persona,
      heat: heats.find((heat) => heat === told.heat) ?? usual.heat,
      length: lengths.find((length) => length === told.length) ?? usual.length,
      language: tags.find((tag) => tag === told.language) ?? usual.language,
    };
  } catch {
    return usual;
  }
}

function remember(wish: Wish): void {
  try {
    localStorage.setItem(shelf, JSON.stringify(wish));
  } catch {
    // A browser that stores nothing forgets, and that is its visitor's will.
  }
}
