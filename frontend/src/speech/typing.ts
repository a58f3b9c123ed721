/** Letting text appear as if it were spoken. */
import { useEffect, useRef, useState } from "react";

const charactersPerSecond = 55;

/** How long a character is dwelt on, in characters: a comic knows when to breathe. */
function dwell(character: string): number {
  if (".!?…".includes(character)) return 16;
  return ",;:—".includes(character) ? 6 : 1;
}

/** How long it takes until character `n` of `text` is out, in ms, once the one before it is. */
export function pause(text: string, n: number): number {
  const pace = (charactersPerSecond / 1000) * Math.max(1, (text.length - n) / 500);
  return dwell(text.charAt(n)) / pace;
}

/**
 * How far the speech has come: from `out` characters of `text`, `elapsed` ms later. The second number is the time that
 * was not enough for the next character, to be added next time. Pure.
 * Never more than the text has; the pace picks up when more than a long line waits.
 */
export function spoken(text: string, out: number, elapsed: number): [number, number] {
  const pace = (charactersPerSecond / 1000) * Math.max(1, (text.length - out) / 500);
  let left = elapsed;
  let next = out;
  while (next < text.length && left >= dwell(text.charAt(next)) / pace) {
    left -= dwell(text.charAt(next)) / pace;
    next += 1;
  }
  return [next, left];
}

/** How much of `text` to show now; all of it when `live` is false. The second value shows the rest at once. */
export function useTyped(text: string, live: boolean): [number, () => void] {
  const [shown, setShown] = useState(0);
  const [skipped, setSkipped] = useState(false);
  const out = useRef(0);
  const typing = live && !skipped && shown < text.length;
  useEffect(() => {
    if (!typing) return;
    let frame = 0;
    let since = performance.now();
    const tick = (now: number) => {
      const [next, left] = spoken(text, out.current, Math.max(0, now - since));
      since = now - left;
      out.current = next;
      setShown(next);
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [text, typing]);
  return [live && !skipped ? Math.min(shown, text.length) : text.length, () => setSkipped(true)];
}
