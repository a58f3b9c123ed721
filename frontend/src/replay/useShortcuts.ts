/** The keys of a replay: space plays and pauses, the arrows step, Escape leaves. */
import { useEffect } from "react";
import type { Command } from "./player";

/** What uses these keys itself. The slider of the replay is not among them: its arrows step, too. */
const own = "button, a, summary, select, textarea, [contenteditable], input:not([type=range]), pre";

/** Listens on the whole page, as long as the replay is open. */
export function useShortcuts(send: (order: Command) => void, leave: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : document.body;
      const busy = target.closest(own) !== null || target.closest("dialog[open]") !== null;
      const order = orderOf(event.key);
      if (event.key === "Escape" && target.closest("dialog[open]") === null) return leave();
      // Space presses the button that has the focus, but arrows mean nothing to it.
      const inReplay = target.closest(".scrubber") !== null;
      if (order === null || (busy && (event.key === " " || !inReplay))) return;
      event.preventDefault();
      send(order);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [send, leave]);
}

/** The order that `key` gives: forward is to the right whatever one reads, as times run. Null for other keys. */
export function orderOf(key: string): Command | null {
  switch (key) {
    case " ":
      return { type: "toggle" };
    case "ArrowRight":
      return { type: "step", forward: true };
    case "ArrowLeft":
      return { type: "step", forward: false };
    default:
      return null;
  }
}
