/** One request, followed live from the first event to the last. */
import { useEffect, useReducer, useState } from "react";
import { isWhole, record } from "../replay/recording";
import { readEvents, readRoast } from "./api";
import { follow } from "./connection";
import { type Problem, problemOf } from "./problem";
import { emptyRoast, type Heard, type RoastState, reduce } from "./reducer";
import { eventsOf } from "./snapshot";
import type { Snapshot } from "./types";
import { isOver } from "./view";

export interface Watched {
  readonly state: RoastState;
  /** The document of the finished request, once read: it holds the timings. */
  readonly document: Snapshot | null;
  readonly connected: boolean;
  /** Why it cannot be shown. */
  readonly problem: Problem | null;
  /** Whether it was still running when this page began to watch: then it is performed, not just printed. */
  readonly live: boolean;
  /** The events behind the state, as they were heard; without those that only a snapshot tells of. */
  readonly recording: readonly Heard[];
  /** Asks once more for the stored events, when they could not be read; else null. */
  readonly readAgain: (() => void) | null;
  /** The moment that is shown, in ms since the photo came in, when it is played again; null for now. */
  readonly moment: number | null;
}

const takeAll = (state: RoastState, heard: readonly Heard[]) => heard.reduce(reduce, state);

interface Memory {
  readonly state: RoastState;
  readonly recording: readonly Heard[];
}

const nothingHeard = (id: string): Memory => ({ state: emptyRoast(id), recording: [] });

const takeIn = ({ state, recording }: Memory, heard: readonly Heard[]): Memory => ({
  state: takeAll(state, heard),
  recording: record(recording, heard),
});

/** Watches request `id`; `fresh` when this page has just created it. Mount anew (by `key`) for another id. */
export function useRoast(id: string, fresh: boolean): Watched {
  const [{ state, recording }, take] = useReducer(takeIn, id, nothingHeard);
  const [connected, setConnected] = useState(true);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [live, setLive] = useState(fresh);
  const [unread, setUnread] = useState(false);
  const [document, setDocument] = useState<Snapshot | null>(null);
  const over = isOver(state);

  useEffect(() => {
    let current = emptyRoast(id);
    let stop = () => {};
    let gone = false;
    const hear = (heard: readonly Heard[]) => {
      current = takeAll(current, heard);
      take(heard);
      return isOver(current);
    };
    const start = () => {
      if (!gone) stop = follow(id, { hear, online: setConnected, lost: setProblem });
    };
    const open = (snapshot: Snapshot) => {
      if (gone) return;
      if (hear(eventsOf(snapshot))) return setDocument(snapshot);
      setLive(true);
      start();
    };
    const fail = (error: unknown) => {
      const found = problemOf(error);
      if (found.status === 0 || found.status >= 500) start();
      else if (!gone) setProblem(found);
    };
    if (fresh) start();
    else readRoast(id).then(open, fail);
    return () => {
      gone = true;
      stop();
    };
  }, [id, fresh]);

  useEffect(() => {
    // The stream tells what happened; only the document knows how long it took. Nice to have, so failures are silent.
    if (over && document === null) readRoast(id).then(setDocument, () => {});
  }, [id, over, document]);

  useEffect(() => {
    // Whoever comes after the end knows the outcome from the document, and how it came about from the stored events.
    if (over && !unread && !isWhole(id, recording)) readEvents(id).then(take, () => setUnread(true));
  }, [id, over, recording, unread]);

  return {
    state,
    document,
    connected,
    problem,
    live,
    recording,
    readAgain: unread ? () => setUnread(false) : null,
    moment: null,
  };
}
