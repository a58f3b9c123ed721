/**
 * Following one request to its end over a connection that may break.
 *
 * EventSource resumes by itself with Last-Event-ID as long as the server answers; when it gives up (an error answer,
 * a 204) the snapshot tells whether the request is over, gone, or only out of reach for the moment.
 */
import { links, readRoast } from "./api";
import { type Problem, problemOf } from "./problem";
import type { Heard } from "./reducer";
import { eventsOf } from "./snapshot";
import type { RoastEvent } from "./types";

export interface Listener {
  /** Events to take in. True when the request is over, and nothing more needs to be followed. */
  hear(heard: readonly Heard[]): boolean;
  online(connected: boolean): void;
  /** It cannot be followed any more: unknown, erased or expired. */
  lost(problem: Problem): void;
}

const eventNames: Record<RoastEvent["type"], true> = {
  submitted: true,
  started: true,
  feature: true,
  deadline: true,
  joined: true,
  cued: true,
  analyzed: true,
  line: true,
  roast: true,
  failed: true,
  cancelled: true,
  queue: true,
};

/** Waits between attempts, in milliseconds; the last one repeats. */
const waits = [500, 1000, 2000, 4000, 8000];

/** Begins to follow request `id`; the returned function stops it. */
export function follow(id: string, listener: Listener): () => void {
  const connection = new Connection(id, listener);
  connection.open();
  return () => connection.close();
}

class Connection {
  private source: EventSource | null = null;
  private timer = 0;
  private lastSeq = 0;
  private failures = 0;
  private over = false;

  constructor(
    private readonly id: string,
    private readonly listener: Listener,
  ) {}

  open(): void {
    const source = new EventSource(links.events(this.id, this.lastSeq));
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.listener.online(true);
    };
    source.onerror = () => {
      if (source !== this.source) return;
      this.listener.online(false);
      if (source.readyState === EventSource.CLOSED) void this.rebuild();
    };
    for (const name of Object.keys(eventNames)) source.addEventListener(name, this.take);
  }

  close(): void {
    this.over = true;
    this.source?.close();
    clearTimeout(this.timer);
  }

  private readonly take = (message: MessageEvent<string>): void => {
    // Inherited by events without one, so `started` and `queue` carry the sequence of the event before: harmless.
    const seq = Number(message.lastEventId) || 0;
    this.lastSeq = Math.max(this.lastSeq, seq);
    const event = JSON.parse(message.data) as RoastEvent;
    if (this.listener.hear([{ seq, event }])) this.close();
  };

  private async rebuild(): Promise<void> {
    try {
      const over = this.listener.hear(eventsOf(await readRoast(this.id)));
      if (over) return this.settle();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status >= 400 && problem.status < 500) return this.giveUp(problem);
    }
    this.again();
  }

  private settle(): void {
    this.close();
    this.listener.online(true);
  }

  private giveUp(problem: Problem): void {
    if (this.over) return;
    this.close();
    this.listener.lost(problem);
  }

  private again(): void {
    if (this.over) return;
    const wait = waits[Math.min(this.failures, waits.length - 1)];
    this.failures += 1;
    this.timer = window.setTimeout(() => this.open(), wait);
  }
}
