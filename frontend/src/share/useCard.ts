/** A roast's card, as the server draws it. */
import { useCallback, useEffect, useState } from "react";
import { readCard } from "../request/api";
import { type Problem, problemOf } from "../request/problem";
import type { CardSize } from "./share";

export interface Card {
  /** Null while it is being drawn. */
  readonly blob: Blob | null;
  /** Its address in this browser; valid as long as the card is shown. */
  readonly url: string | null;
  readonly problem: Problem | null;
}

const none: Card = { blob: null, url: null, problem: null };

/**
 * The card of roast `id`, and how to ask for it once more. It is kept as a file as well: the share sheet opens only
 * right after a click.
 */
export function useCard(id: string, size: CardSize): Card & { readonly again: () => void } {
  const [card, setCard] = useState(none);
  const [tries, setTries] = useState(1);
  const again = useCallback(() => setTries((before) => before + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try is a reason, not a value that is used
  useEffect(() => {
    const leaving = new AbortController();
    let url: string | null = null;
    setCard(none);
    readCard(id, size, leaving.signal)
      .then((blob) => {
        if (leaving.signal.aborted) return;
        url = URL.createObjectURL(blob);
        setCard({ blob, url, problem: null });
      })
      .catch((error: unknown) => {
        if (!leaving.signal.aborted) setCard({ ...none, problem: problemOf(error) });
      });
    return () => {
      leaving.abort();
      if (url) URL.revokeObjectURL(url);
    };
  }, [id, size, tries]);
  return { ...card, again };
}
