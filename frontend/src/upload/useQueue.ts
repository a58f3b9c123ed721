/** Photos on their way to the server, one after another, and those that this page still has at hand. */
import { useCallback, useEffect, useEffectEvent, useReducer, useRef } from "react";
import { createRoast, type Options } from "../request/api";
import { follow } from "../request/connection";
import { type Problem, problemOf } from "../request/problem";
import { emptyRoast, type RoastState, reduce } from "../request/reducer";
import { go } from "../request/route";
import { isOver } from "../request/view";
import { change, frontOf, type Guest, isPending, nextUp, nobody, type Queue } from "./queue";

export interface Photos {
  readonly queue: Queue;
  /** The guest that has the stage though it has no address yet. */
  readonly front: Guest | null;
  /** Takes photos in, to be roasted as the visitor wishes now. */
  send(photos: readonly File[]): void;
  again(key: number): void;
  show(key: number): void;
  /** Takes a photo out of the queue; an upload is broken off. */
  leave(key: number): void;
  /** The page turned to something else. */
  aside(): void;
  tidy(): void;
  /** The show of request `id` is over. */
  over(id: string): void;
  /** Request `id` shows the photo at `photo`, which needs no download. */
  adopt(id: string, photo: string): void;
  /** Request `id` was erased: nothing of it stays here either. */
  erased(id: string): void;
  photoOf(id: string): string | null;
  /** Whether this page made request `id` and has not shown it yet. */
  isNew(id: string): boolean;
  shown(id: string): void;
}

interface Hooks {
  /** A request was made of a photo of ours. */
  onMade(id: string, options: Options, photo: string | null): void;
  /** A show that nobody watches is over. */
  onOver(state: RoastState): void;
  /** Why `photo` need not be sent: the server would refuse it. */
  refusal(photo: File): Problem | null;
}

interface Bag {
  readonly photo: File;
  readonly options: Options;
  readonly stop: AbortController;
}

let lastKey = 0;

/** The queue of this page; `viewed` is the request that the page shows. */
export function useQueue(options: Options, viewed: string | null, hooks: Hooks): Photos {
  const [queue, tell] = useReducer(change, nobody);
  const bags = useRef(new Map<number, Bag>());
  const photos = useRef(new Map<string, string>());
  const unseen = useRef(new Set<string>());

  const adopt = useCallback((id: string, photo: string) => {
    photos.current.set(id, photo);
    unseen.current.add(id);
  }, []);

  const accepted = useEffectEvent((key: number, id: string, wishOf: Options) => {
    const guest = queue.guests.find((one) => one.key === key);
    if (guest) adopt(id, guest.photo);
    hooks.onMade(id, wishOf, guest?.photo ?? null);
    tell({ type: "accepted", key, id });
    if (queue.front === key) go(id);
  });

  const refuse = useEffectEvent(hooks.refusal);
  const next = nextUp(queue);
  useEffect(() => {
    const bag = next === null ? undefined : bags.current.get(next);
    if (next === null || !bag) return;
    const key = next;
    tell({ type: "begin", key });
    const refusal = refuse(bag.photo);
    if (refusal) return tell({ type: "refused", key, problem: refusal });
    const progress = (share: number) => tell({ type: "progress", key, share });
    createRoast(bag.photo, bag.options, progress, bag.stop.signal).then(
      (id) => accepted(key, id, bag.options),
      (error: unknown) => {
        if (!bag.stop.signal.aborted) tell({ type: "refused", key, problem: problemOf(error) });
      },
    );
  }, [next]);

  const working = queue.guests.find(({ step }) => step === "roasting")?.id ?? null;
  useBackstage(working === viewed ? null : working, (state) => {
    tell({ type: "over", id: state.id });
    hooks.onOver(state);
  });

  const busy = queue.guests.some(isPending);
  useEffect(() => {
    if (!busy || queue.guests.length < 2) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [busy, queue.guests.length]);

  const send = (files: readonly File[]) => {
    const guests = files.map((photo) => {
      lastKey += 1;
      bags.current.set(lastKey, { photo, options, stop: new AbortController() });
      return { key: lastKey, name: photo.name, photo: URL.createObjectURL(photo) };
    });
    tell({ type: "arrive", guests });
  };

  const leave = (key: number) => {
    bags.current.get(key)?.stop.abort();
    bags.current.delete(key);
    tell({ type: "leave", key });
  };

  const erased = (id: string) => {
    const photo = photos.current.get(id);
    photos.current.delete(id);
    // An encore shows the same photo.
    if (photo && ![...photos.current.values()].includes(photo)) URL.revokeObjectURL(photo);
    const guest = queue.guests.find((one) => one.id === id);
    if (guest) leave(guest.key);
  };

  return {
    queue,
    front: frontOf(queue),
    send,
    leave,
    erased,
    again: (key) => tell({ type: "again", key }),
    show: (key) => tell({ type: "front", key }),
    aside: useCallback(() => tell({ type: "aside" }), []),
    tidy: () => tell({ type: "tidy" }),
    over: useCallback((id) => tell({ type: "over", id }), []),
    adopt,
    photoOf: (id) => photos.current.get(id) ?? null,
    isNew: (id) => unseen.current.has(id),
    shown: useCallback((id) => {
      unseen.current.delete(id);
    }, []),
  };
}

/** Follows request `id` while the page shows something else, until it is over or cannot be followed. */
function useBackstage(id: string | null, onOver: (state: RoastState) => void): void {
  const tell = useEffectEvent(onOver);
  useEffect(() => {
    if (id === null) return;
    let state = emptyRoast(id);
    return follow(id, {
      hear(heard) {
        state = heard.reduce(reduce, state);
        if (isOver(state)) tell(state);
        return isOver(state);
      },
      online() {},
      lost: () => tell(state),
    });
  }, [id]);
}
