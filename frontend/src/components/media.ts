/** Media queries as React state. */
import { useSyncExternalStore } from "react";

/** Whether `query` holds now. */
export function useMedia(query: string): boolean {
  const subscribe = (changed: () => void) => {
    const list = matchMedia(query);
    list.addEventListener("change", changed);
    return () => list.removeEventListener("change", changed);
  };
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Whether the visitor asked for less movement. */
export function useStillness(): boolean {
  return useMedia("(prefers-reduced-motion: reduce)");
}
