import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { kindName, textOf } from "../../replay/eventText";
import { momentAt, placeOf, type Reel } from "../../replay/player";
import type { Moment } from "../../replay/recording";
import type { Replay } from "../../replay/useReplay";
import { useShortcuts } from "../../replay/useShortcuts";

interface ScrubberProps {
  replay: Replay;
  /** Whether more is to come: then leaving means going back to what happens now. */
  running: boolean;
  onLeave: () => void;
}

/** The controls of a replay: play, step, drag to any moment, and back to what is. */
export function Scrubber({ replay, running, onLeave }: ScrubberProps) {
  const { player, reel, count, send } = replay;
  const play = useRef<HTMLButtonElement>(null);
  const [opened] = useState(player.playing);
  useEffect(() => {
    // A visitor who comes from the log wants to stay there; one who pressed play wants to see the photo.
    if (!opened) return;
    play.current?.focus({ preventScroll: true });
    play.current?.closest(".evening")?.scrollIntoView();
  }, [opened]);
  useShortcuts(send, onLeave);
  const last = reel.moments[count - 1];
  return (
    <section className="scrubber" aria-label="Replay" data-position={Math.round(player.position ?? 0)}>
      <div className="transport">
        <button type="button" onClick={() => send({ type: "step", forward: false })} aria-label="Step back">
          <Icon path="M6 5v14M19 5v14L9 12z" />
        </button>
        <button
          ref={play}
          type="button"
          className="play"
          onClick={() => send({ type: "toggle" })}
          aria-label={player.playing ? "Pause" : "Play"}
        >
          <Icon path={player.playing ? "M7 5h3v14H7zM14 5h3v14h-3z" : "M7 4v16l13-8z"} />
        </button>
        <button type="button" onClick={() => send({ type: "step", forward: true })} aria-label="Step forward">
          <Icon path="M18 5v14M5 5v14l10-7z" />
        </button>
      </div>
      <Track replay={replay} last={last} />
      <div className="pace">
        {[1, 4].map((rate) => (
          <button
            key={rate}
            type="button"
            aria-pressed={player.rate === rate}
            onClick={() => send({ type: "rate", rate })}
          >
            {rate}×
          </button>
        ))}
        <button
          type="button"
          className="live"
          aria-label={running ? "Back to live" : "Close the replay"}
          onClick={onLeave}
        >
          {running ? "Live" : "Close"}
        </button>
      </div>
    </section>
  );
}

function Track({ replay, last }: { replay: Replay; last: Moment | undefined }) {
  const { player, reel, send } = replay;
  const position = player.position ?? 0;
  const now = last ? sentenceOf(last) : "";
  const keys = (event: KeyboardEvent) => {
    // The slider's own Home says nothing where it is at its start already, and the replay would run on.
    const to = { Home: 0, End: reel.duration, PageUp: position + 1000, PageDown: position - 1000 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    send({ type: "seek", position: to });
  };
  return (
    <div className="track">
      <Ticks reel={reel} />
      <input
        type="range"
        aria-label="Moment"
        min={0}
        max={1}
        step="any"
        value={placeOf(reel, position)}
        aria-valuetext={player.playing ? "playing" : `${seconds(position)}. ${now}`}
        onChange={(event) => send({ type: "seek", position: momentAt(reel, event.target.valueAsNumber) })}
        onKeyDown={keys}
      />
      <p className="clock">
        <span className="time">
          {seconds(position)} / {seconds(reel.duration)}
        </span>
        <span className="now">{now}</span>
      </p>
    </div>
  );
}

/** Where the events are: decoration, since the log below tells them all. */
function Ticks({ reel }: { reel: Reel }) {
  return (
    <div className="ticks" aria-hidden="true">
      {reel.moments.map(({ seq, event, at }) => (
        <span
          key={`${seq} ${event.type} ${at} ${"analyzer" in event ? event.analyzer : ""}`}
          data-event={event.type}
          style={{ insetInlineStart: `${100 * placeOf(reel, at)}%` }}
        />
      ))}
    </div>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

function sentenceOf({ event }: Moment): string {
  const { source, what } = textOf(event);
  return `${source}, ${kindName(event.type)}: ${what}`;
}

/** "3.2 s" for 3217 ms: of one form throughout, so that the running number does not jump about. */
function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
