import { useEffect, useState } from "react";
import type { RoastState } from "../../request/reducer";

/** How long all analyzers may be busy with other photos before the page says so, in ms. */
const PATIENCE = 2500;

/** Shown when no analyzer has begun to look: photos that came earlier are looked at first. */
export function LongWait({ state }: { state: RoastState }) {
  const untouched =
    state.submitted !== null &&
    state.joined === null &&
    state.ending === null &&
    Object.keys(state.started).length + Object.keys(state.features).length === 0;
  return untouched ? <Waiting /> : null;
}

function Waiting() {
  const [seconds, setSeconds] = useState(0);
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timers = [
      setTimeout(() => setLong(true), PATIENCE),
      setInterval(() => setSeconds((before) => before + 1), 1000),
    ] as const;
    return () => {
      clearTimeout(timers[0]);
      clearInterval(timers[1]);
    };
  }, []);
  if (!long) return null;
  return (
    <p className="long-wait">
      <span role="status">The front row is still busy with photos that came before yours.</span>{" "}
      {/* Outside the live region: a screen reader must not read out every second. */}
      <span className="clock">{seconds} s so far.</span>
    </p>
  );
}
