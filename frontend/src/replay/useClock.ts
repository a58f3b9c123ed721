/** The time of the server that the events come from, as this browser's clock tells it. */
import { useEffect, useRef, useState } from "react";
import type { RoastState } from "../request/reducer";
import { isOver } from "../request/view";
import { roundUp } from "./schedule";

/** Whole seconds look calm; most photos are done within them. */
const LEAST_MS = 1000;

export interface Clock {
  /** Milliseconds since the photo came in. */
  elapsed(): number;
  /** Whether it goes on by itself; a moment that is played again stands still. */
  readonly runs: boolean;
  /** What the lanes show at most now: grows in steps, so that bars grow and lanes stand. */
  readonly scale: number;
}

/** Runs until all is over, but renders no more often than the scale grows. `moment` is one that is played again. */
export function useClock(state: RoastState, moment: number | null): Clock {
  const running = moment === null && !isOver(state);
  const skew = useRef(Number.POSITIVE_INFINITY);
  const [scale, setScale] = useState(LEAST_MS);
  const start = state.submitted?.at ?? 0;
  const latest = Math.max(start, ...Object.values(state.features).map(({ at }) => at ?? 0), started(state));
  // The clocks differ by no more than the least that any event seemed to take from there to here.
  if (latest > 0) skew.current = Math.min(skew.current, Date.now() / 1000 - latest);
  const elapsed = () => Math.max(0, (Date.now() / 1000 - skew.current - start) * 1000);

  useEffect(() => {
    if (!running || start === 0) return;
    const passed = Math.max(0, (Date.now() / 1000 - skew.current - start) * 1000);
    const timer = window.setTimeout(
      () => setScale(roundUp(Math.max(passed, scale) + 1)),
      Math.max(0, scale - passed),
    );
    return () => clearTimeout(timer);
  }, [running, start, scale]);
  if (moment !== null)
    return { elapsed: () => moment, runs: false, scale: roundUp(Math.max(moment, LEAST_MS)) };
  return { elapsed, runs: true, scale };
}

function started(state: RoastState): number {
  return Math.max(0, ...Object.values(state.started).map(({ at }) => at ?? 0));
}
