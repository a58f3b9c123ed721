/** A photo on its way to the server, and the photos that this page still has at hand. */
import { useCallback, useRef, useState } from "react";
import { createRoast, type Wish } from "./api";
import { type Problem, problemOf } from "./problem";
import { go } from "./route";

export interface Upload {
  readonly sending: boolean;
  /** The address of the photo as this browser holds it, before the server has said anything. */
  readonly photo: string | null;
  /** The share sent, 0..1. */
  readonly share: number;
  readonly problem: Problem | null;
  send(photo: File): void;
  /** Stops a running upload and lets go of its problem. */
  forget(): void;
  /** Request `id` shows the photo at `photo`, which needs no download. */
  adopt(id: string, photo: string): void;
  /** The photo that this page itself sent in for request `id`. */
  photoOf(id: string): string | null;
  /** Whether this page made request `id` and has not shown it yet. */
  isNew(id: string): boolean;
  shown(id: string): void;
}

interface Sending {
  readonly photo: string | null;
  readonly share: number;
  readonly busy: boolean;
  readonly problem: Problem | null;
}

const idle: Sending = { photo: null, share: 0, busy: false, problem: null };

export function useUpload(wish: Wish): Upload {
  const [now, setNow] = useState(idle);
  const photos = useRef(new Map<string, string>());
  const unseen = useRef(new Set<string>());
  const running = useRef<AbortController | null>(null);

  const forget = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setNow(idle);
  }, []);

  const adopt = (id: string, photo: string) => {
    photos.current.set(id, photo);
    unseen.current.add(id);
  };

  const shown = useCallback((id: string) => {
    unseen.current.delete(id);
  }, []);

  const send = (photo: File) => {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    const url = URL.createObjectURL(photo);
    const report = (part: Partial<Sending>) => {
      if (running.current === stop) setNow((before) => ({ ...before, ...part }));
    };
    setNow({ ...idle, photo: url, busy: true });
    createRoast(photo, wish, (share) => report({ share }), stop.signal).then(
      (id) => {
        adopt(id, url);
        if (running.current !== stop) return;
        setNow(idle);
        go(id);
      },
      (error: unknown) => {
        if (!stop.signal.aborted) report({ busy: false, problem: problemOf(error) });
      },
    );
  };

  return {
    sending: now.busy,
    photo: now.photo,
    share: now.share,
    problem: now.problem,
    send,
    forget,
    adopt,
    photoOf: (id) => photos.current.get(id) ?? null,
    isNew: (id) => unseen.current.has(id),
    shown,
  };
}
