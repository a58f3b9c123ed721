/** Photos on their way to the server, one after another, and those that this page still has at hand. */
import { useCallback, useEffect, useEffectEvent, useReducer, useRef } from "react";
import { createRoast, type Options } from "../request/api";
import { follow } from "../request/connection";
import { type Problem, problemOf } from "../request/problem";
import { emptyRoast, type RoastState, reduce } from "../request/reducer";
import { go } from "../request/route";
import { isOver } from "../request/view";
import { change, emptyQueue, frontOf, isPending, nextUp, type Queue, type QueuedPhoto } from "./queue";

export interface Photos {
  readonly queue: Queue;
  /** The photo that is shown though it has no address yet. */
  readonly front: QueuedPhoto | null;
  /** Takes photos in, to be roasted as the visitor wishes now. */
  send(photos: readonly File[]): void;
  again(key: number): void;
  show(key: number): void;
  /** Takes a photo out of the queue; an upload is broken off. */
  leave(key: number): void;
  /** The page turned to something else. */
  aside(): void;
  tidy(): void;
  /** Request `id` is over. */
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
  /** A request that is not on the screen is over. */
  onOver(state: RoastState): void;
  /** Why `photo` need not be sent: the server would refuse it. */
  refusal(photo: File): Problem | null;
}

interface Upload {
  readonly photo: File;
  readonly options: Options;
  readonly stop: AbortController;
}

let lastKey = 0;

/** The queue of this page; `viewed` is the request that the page shows. */
export function useQueue(options: Options, viewed: string | null, hooks: Hooks): Photos {
  const [queue, dispatch] = useReducer(change, emptyQueue);
  const uploads = useRef(new Map<number, Upload>());
  const photos = useRef(new Map<string, string>());
  const unseen = useRef(new Set<string>());

  const adopt = useCallback((id: string, photo: string) => {
    photos.current.set(id, photo);
    unseen.current.add(id);
  }, []);

  const accepted = useEffectEvent((key: number, id: string, chosen: Options) => {
    const entry = queue.entries.find((one) => one.key === key);
    if (entry) adopt(id, entry.photo);
    hooks.onMade(id, chosen, entry?.photo ?? null);
    dispatch({ type: "accepted", key, id });
    if (queue.front === key) go(id);
  });

  const refuse = useEffectEvent(hooks.refusal);
  const next = nextUp(queue);
  useEffect(() => {
    const upload = next === null ? undefined : uploads.current.get(next);
    if (next === null || !upload) return;
    const key = next;
    dispatch({ type: "begin", key });
    const refusal = refuse(upload.photo);
    if (refusal) return dispatch({ type: "refused", key, problem: refusal });
    const progress = (share: number) => dispatch({ type: "progress", key, share });
    createRoast(upload.photo, upload.options, progress, upload.stop.signal).then(
      (id) => accepted(key, id, upload.options),
      (error: unknown) => {
        if (!upload.stop.signal.aborted) dispatch({ type: "refused", key, problem: problemOf(error) });
      },
    );
  }, [next]);

  const working = queue.entries.find(({ step }) => step === "roasting")?.id ?? null;
  useFollowing(working === viewed ? null : working, (state) => {
    dispatch({ type: "over", id: state.id });
    hooks.onOver(state);
  });

  const busy = queue.entries.some(isPending);
  useEffect(() => {
    if (!busy || queue.entries.length < 2) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [busy, queue.entries.length]);

  const send = (files: readonly File[]) => {
    const entries = files.map((photo) => {
      lastKey += 1;
      uploads.current.set(lastKey, { photo, options, stop: new AbortController() });
      return { key: lastKey, name: photo.name, photo: URL.createObjectURL(photo) };
    });
    dispatch({ type: "arrive", entries });
  };

  const leave = (key: number) => {
    uploads.current.get(key)?.stop.abort();
    uploads.current.delete(key);
    dispatch({ type: "leave", key });
  };

  const erased = (id: string) => {
    const photo = photos.current.get(id);
    photos.current.delete(id);
    // An encore shows the same photo.
    if (photo && ![...photos.current.values()].includes(photo)) URL.revokeObjectURL(photo);
    const entry = queue.entries.find((one) => one.id === id);
    if (entry) leave(entry.key);
  };

  return {
    queue,
    front: frontOf(queue),
    send,
    leave,
    erased,
    again: (key) => dispatch({ type: "again", key }),
    show: (key) => dispatch({ type: "front", key }),
    aside: useCallback(() => dispatch({ type: "aside" }), []),
    tidy: () => dispatch({ type: "tidy" }),
    over: useCallback((id) => dispatch({ type: "over", id }), []),
    adopt,
    photoOf: (id) => photos.current.get(id) ?? null,
    isNew: (id) => unseen.current.has(id),
    shown: useCallback((id) => {
      unseen.current.delete(id);
    }, []),
  };
}

/** Follows request `id` while the page shows something else, until it is over or cannot be followed. */
function useFollowing(id: string | null, onOver: (state: RoastState) => void): void {
  const report = useEffectEvent(onOver);
  useEffect(() => {
    if (id === null) return;
    let state = emptyRoast(id);
    return follow(id, {
      hear(heard) {
        state = heard.reduce(reduce, state);
        if (isOver(state)) report(state);
        return isOver(state);
      },
      online() {},
      lost: () => report(state),
    });
  }, [id]);
}
