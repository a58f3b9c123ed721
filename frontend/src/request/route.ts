/** The address: `#/r/ID` is a roast, everything else the front door. */
import { useSyncExternalStore } from "react";
import { idOfLink } from "../share/share";

/** The request id in `hash`, or null. */
export function idIn(hash: string): string | null {
  return /^#\/r\/([A-Za-z0-9_-]+)$/.exec(hash)?.[1] ?? null;
}

export function addressOf(id: string | null): string {
  return id === null ? "#/" : `#/r/${id}`;
}

/** Goes to roast `id`, or to the front door. */
export function go(id: string | null): void {
  location.hash = addressOf(id);
}

/** Who came by a link that was passed on is at its roast; from here on the address is the page's own. */
export function enterByLink(): void {
  const id = idOfLink(location.pathname);
  if (id) history.replaceState(null, "", `/${addressOf(id)}`);
}

/** The id of the roast that the address names. */
export function useRoute(): string | null {
  return idIn(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}
