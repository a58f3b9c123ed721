/** Keeps the list of recent roasts up to date with what this page makes and sees. */
import { useCallback } from "react";
import { links, type Options } from "../request/api";
import type { RoastState } from "../request/reducer";
import { thumbnailOf } from "../upload/thumbnail";
import { add, amend, drop, lineOf } from "./recents";
import { useRecents } from "./useRecents";

export interface Ledger {
  made(id: string, options: Options, photo: string | null): void;
  over(state: RoastState): void;
  gone(id: string): void;
  erased(id: string): void;
}

export function useLedger(): Ledger {
  const [, recall] = useRecents();
  const picture = useCallback(
    async (id: string, photo: string) => {
      const thumbnail = await thumbnailOf(photo);
      if (thumbnail) recall((list) => amend(list, id, { thumbnail }));
    },
    [recall],
  );
  return {
    made(id, { persona }, photo) {
      recall((list) => add(list, { id, at: Date.now(), persona, line: "", thumbnail: "", gone: false }));
      if (photo) void picture(id, photo);
    },
    over(state) {
      const { id, ending } = state;
      if (ending?.type === "cancelled" && ending.reason === "deleted")
        return recall((list) => amend(list, id, { gone: true }));
      const line = lineOf(state);
      recall((list) => {
        // What this browser could not show itself (HEIC, say) has been developed by now.
        const bare = list.some((entry) => entry.id === id && entry.thumbnail === "");
        if (bare) void picture(id, links.photo(id));
        return amend(list, id, { line });
      });
    },
    gone: (id) => recall((list) => amend(list, id, { gone: true })),
    erased: (id) => recall((list) => drop(list, [id])),
  };
}
