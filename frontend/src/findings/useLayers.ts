/** Which layers the visitor wants to see on photos; kept in this browser, and nowhere else. */
import { useState } from "react";

const storageKey = "heckler.layers";

/** Few, but enough to see that analyzers look. */
const usual: readonly string[] = ["faces", "objects"];

export function useLayers(): [readonly string[], (ids: readonly string[]) => void] {
  const [wanted, setWanted] = useState(remembered);
  const want = (ids: readonly string[]) => {
    setWanted(ids);
    try {
      localStorage.setItem(storageKey, JSON.stringify(ids));
    } catch {
      // A browser that stores nothing forgets, and that is its visitor's will.
    }
  };
  return [wanted, want];
}

function remembered(): readonly string[] {
  try {
    return chosen(localStorage.getItem(storageKey));
  } catch {
    return usual;
  }
}

/** The layers named in `stored`; the usual ones when it is none of our writing. */
export function chosen(stored: string | null): readonly string[] {
  if (stored === null) return usual;
  try {
    const ids: unknown = JSON.parse(stored);
    return Array.isArray(ids) && ids.every((id) => typeof id === "string") ? ids : usual;
  } catch {
    return usual;
  }
}
