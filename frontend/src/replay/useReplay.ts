/** A request played again through the page: what is shown is what was known at the moment of the replay. */
import { useEffect, useMemo, useReducer, useRef } from "react";
import { useStillness } from "../components/media";
import type { Watched } from "../request/useRoast";
import { passagesOf } from "../request/view";
import { cut, type Speech } from "../speech/speech";
import { type Command, idle, obey, type Player, type Reel, reelOf } from "./player";
import { passed, stateAfter } from "./recording";

export interface Replay {
  readonly player: Player;
  readonly reel: Reel;
  /** How many of the moments are over at the one that is shown; all of them when nothing is played again. */
  readonly count: number;
  /** The request as it was at the moment of the replay; as it is when there is none. */
  readonly watched: Watched;
  /** How far the words had come; null when there is no replay. */
  readonly speech: Speech | null;
  send(command: Command): void;
}

/** The replay of the request that is `watched`. */
export function useReplay(id: string, watched: Watched): Replay {
  const still = useStillness();
  const { recording } = watched;
  const current = useRef<Reel>({ moments: [], typing: [], duration: 0 });
  const [player, send] = useReducer(
    (player: Player, order: Command) => obey(player, order, current.current),
    idle,
  );
  useTicks(player.playing, send);
  const { position } = player;
  const past = position !== null;
  // When each character was out matters to a replay alone, and is the costly part.
  const reel = useMemo(() => reelOf(id, recording, still || !past), [id, recording, still, past]);
  current.current = reel;
  const count = past ? passed(reel.moments, position) : reel.moments.length;
  const state = useMemo(
    () => (past ? stateAfter(id, reel.moments, count) : watched.state),
    [past, id, reel, count, watched.state],
  );
  const shown: Watched = past ? { ...watched, state, moment: position } : watched;
  return { player, reel, count, watched: shown, speech: speechAt(shown, reel, still), send };
}

function useTicks(playing: boolean, send: (order: Command) => void): void {
  useEffect(() => {
    if (!playing) return;
    let since = performance.now();
    let frame = 0;
    const tick = (now: number) => {
      send({ type: "tick", elapsed: Math.max(0, now - since) });
      since = now;
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [playing, send]);
}

function speechAt({ state, moment }: Watched, reel: Reel, still: boolean): Speech | null {
  if (moment === null) return null;
  const passages = passagesOf(state);
  const length = passages.map(({ text }) => text).join("\n").length;
  const out = still ? length : Math.min(length, passed(reel.typing, moment));
  return { parts: cut(passages, out), speaking: out < length, repeated: true, finish: () => {} };
}
