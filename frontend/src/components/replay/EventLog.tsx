import { memo, useState } from "react";
import { capital } from "../../findings/words";
import { kindName, payload, textOf } from "../../replay/eventText";
import type { Moment } from "../../replay/recording";
import { copy } from "../../share/clipboard";

interface EventLogProps {
  moments: readonly Moment[];
  /** How many of them are over at the moment that the page shows. */
  count: number;
  /** Whether a replay is open: then the current event is marked. */
  replaying: boolean;
  onGo: (position: number) => void;
}

/** Every event of the request in its order, with its place in the log, its time, and what it carried. */
export const EventLog = memo(function EventLog({ moments, count, replaying, onGo }: EventLogProps) {
  const [kind, setKind] = useState<string | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const kinds = [...new Set(moments.map(({ event }) => event.type))];
  const rows = moments.map((moment, n) => ({ moment, n, key: keyOf(moment) }));
  return (
    <div className="log">
      <fieldset className="filters">
        <legend className="visually-hidden">Show only</legend>
        <Filter label="all" n={moments.length} on={kind === null} onClick={() => setKind(null)} />
        {kinds.map((type) => (
          <Filter
            key={type}
            label={kindName(type)}
            n={moments.filter(({ event }) => event.type === type).length}
            on={kind === type}
            onClick={() => setKind(kind === type ? null : type)}
          />
        ))}
      </fieldset>
      <ol className="events">
        {rows
          .filter(({ moment }) => kind === null || moment.event.type === kind)
          .map(({ moment, n, key }) => (
            <Row
              key={key}
              moment={moment}
              place={replaying ? placeOf(n, count) : "past"}
              open={open === key}
              onOpen={() => setOpen(open === key ? null : key)}
              onGo={onGo}
            />
          ))}
      </ol>
      {moments.some(({ derived }) => derived) && (
        <p className="note">
          Starts are not stored: those without a number are worked out from when each report was sent and how
          long the work took.
        </p>
      )}
    </div>
  );
});

function keyOf({ seq, event }: Moment): string {
  return event.type === "started" ? `${event.analyzer} ${event.attempt} ${event.at}` : `${seq}`;
}

type Place = "past" | "now" | "to come";

function placeOf(n: number, count: number): Place {
  if (n === count - 1) return "now";
  return n < count ? "past" : "to come";
}

interface FilterProps {
  label: string;
  n: number;
  on: boolean;
  onClick: () => void;
}

function Filter({ label, n, on, onClick }: FilterProps) {
  return (
    <button type="button" aria-pressed={on} onClick={onClick}>
      {capital(label)} <span className="n">{n}</span>
    </button>
  );
}

interface RowProps {
  moment: Moment;
  place: Place;
  open: boolean;
  onOpen: () => void;
  onGo: (position: number) => void;
}

const Row = memo(function Row({ moment, place, open, onOpen, onGo }: RowProps) {
  const { seq, event, at } = moment;
  const { source, what } = textOf(event);
  const name = `${source}, ${kindName(event.type)}`;
  return (
    <li
      className="event"
      data-event={event.type}
      data-seq={seq || undefined}
      data-place={place}
      aria-current={place === "now" ? "step" : undefined}
    >
      <span className="seq">{seq > 0 ? `#${seq}` : ""}</span>
      <button
        type="button"
        className="at"
        aria-label={`Go to ${name}, ${offset(at)}`}
        onClick={() => onGo(at)}
      >
        {offset(at)}
      </button>
      <span className="kind">{kindName(event.type)}</span>
      <span className="event-text">
        <b>{source}</b> {what}
      </span>
      <button
        type="button"
        className="open"
        aria-expanded={open}
        aria-label={`Payload of ${name}`}
        onClick={onOpen}
      >
        {"{ }"}
      </button>
      {open && <Payload event={event} name={name} />}
    </li>
  );
});

function Payload({ event, name }: { event: Moment["event"]; name: string }) {
  const [said, setSaid] = useState("");
  const act = async () => setSaid((await copy(JSON.stringify(event))) ? "Copied" : "Could not copy");
  return (
    <div className="payload">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={`${name}, as JSON`}>
        <pre>{payload(event)}</pre>
      </section>
      <button type="button" onClick={act}>
        <span aria-live="polite">{said || "Copy all of it"}</span>
      </button>
    </div>
  );
}

/** "+1.68 s" after the photo came in. */
function offset(milliseconds: number): string {
  return milliseconds < 1000 ? `+${Math.round(milliseconds)} ms` : `+${(milliseconds / 1000).toFixed(2)} s`;
}
