/** The list of recent roasts as React state, the same in every tab. */
import { useCallback, useSyncExternalStore } from "react";
import { parse, type Recent } from "./recents";

const storageKey = "heckler.recents";
const listeners = new Set<() => void>();
let seen: { text: string | null; list: readonly Recent[] } = { text: null, list: [] };
/** What is remembered where the browser stores nothing: until the page is left. */
let unsaved: string | null = null;

export type Recall = (change: (list: readonly Recent[]) => readonly Recent[]) => void;

/** The list, and how to change it: always from what is stored now, which another tab may have written. */
export function useRecents(): [readonly Recent[], Recall] {
  const list = useSyncExternalStore(subscribe, read);
  const recall = useCallback<Recall>((change) => {
    const make = () => write(change(read()));
    make();
    // Tabs may be processes of their own, and one may just have overwritten what another had noted. One after the other,
    // each makes its change again, which changes nothing where it is made already. Browsers lend locks to pages of this
    // machine and of https only; elsewhere it is as good as it gets.
    if (navigator.locks) void navigator.locks.request(storageKey, make);
  }, []);
  return [list, recall];
}

function read(): readonly Recent[] {
  const text = stored();
  if (text !== seen.text) seen = { text, list: parse(text) };
  return seen.list;
}

function stored(): string | null {
  try {
    return unsaved ?? localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function write(list: readonly Recent[]): void {
  const text = JSON.stringify(list);
  try {
    localStorage.setItem(storageKey, text);
    unsaved = null;
  } catch {
    unsaved = text;
  }
  for (const listener of listeners) listener();
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  addEventListener("storage", changed);
  return () => {
    listeners.delete(changed);
    removeEventListener("storage", changed);
  };
}
