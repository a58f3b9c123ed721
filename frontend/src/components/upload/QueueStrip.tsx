import { addressOf } from "../../request/route";
import { type Guest, isPending, type Queue } from "../../upload/queue";

interface QueueStripProps {
  queue: Queue;
  /** The request that the page shows. */
  viewed: string | null;
  onShow: (key: number) => void;
  onLeave: (key: number) => void;
  onTidy: () => void;
}

/** Photos that came together: where each of them is. Not there for one that can be seen on stage anyway. */
export function QueueStrip({ queue, viewed, onShow, onLeave, onTidy }: QueueStripProps) {
  const { guests, front } = queue;
  const pending = guests.filter(isPending);
  const elsewhere = pending.some(({ key, id }) => key !== front && (id === null || id !== viewed));
  if (guests.length < 2 && !elsewhere) return null;
  return (
    <nav className="queue" aria-label="Photos in line">
      <p role="status">{summary(guests)}</p>
      <ol>
        {guests.map((guest, place) => {
          const here = guest.key === front || (guest.id !== null && guest.id === viewed);
          return (
            <li key={guest.key} className={guest.step} aria-current={here ? "true" : undefined}>
              <Seat guest={guest} place={placeOf(guest, guests)} onShow={onShow} number={place + 1} />
              {guest.step === "waiting" && (
                <button
                  type="button"
                  className="dismiss"
                  aria-label={`Take photo ${place + 1} out of the line`}
                  onClick={() => onLeave(guest.key)}
                >
                  <span aria-hidden="true">×</span>
                </button>
              )}
            </li>
          );
        })}
      </ol>
      {pending.length === 0 && (
        <button type="button" className="quiet" onClick={onTidy}>
          Clear the line
        </button>
      )}
    </nav>
  );
}

/** One sentence for all of them, so that it changes only when a show is over. */
export function summary(guests: readonly Pick<Guest, "step">[]): string {
  const [been, away] = (["done", "failed"] as const).map(
    (end) => guests.filter(({ step }) => step === end).length,
  );
  if (been === guests.length)
    return been === 1 ? "The photo has been on." : `All ${been} photos have been on.`;
  const turned = away ? `, ${away} ${away === 1 ? "was" : "were"} turned away` : "";
  return `${been} of ${guests.length} photos have been on${turned}.`;
}

/** How many have to go on before `guest` does. */
function placeOf(guest: Guest, guests: readonly Guest[]): number {
  return guests.slice(0, guests.indexOf(guest)).filter(isPending).length;
}

interface SeatProps {
  guest: Guest;
  place: number;
  number: number;
  onShow: (key: number) => void;
}

function Seat({ guest, place, number, onShow }: SeatProps) {
  const content = (
    <>
      <Picture photo={guest.photo} />
      <span className="visually-hidden">Photo {number}: </span>
      <span className="where">{where(guest, place)}</span>
      {guest.step === "sending" && <span className="sent" style={{ inlineSize: `${guest.share * 100}%` }} />}
    </>
  );
  if (guest.id !== null) return <a href={addressOf(guest.id)}>{content}</a>;
  return (
    <button type="button" onClick={() => onShow(guest.key)}>
      {content}
    </button>
  );
}

/** Not every browser shows every format; then the seat stays dark until its show. */
function Picture({ photo }: { photo: string }) {
  return (
    <img
      src={photo}
      alt=""
      width={72}
      height={72}
      onError={(event) => {
        event.currentTarget.style.visibility = "hidden";
      }}
    />
  );
}

function where({ step }: Guest, place: number): string {
  switch (step) {
    case "waiting":
      return place <= 1 ? "next" : `${place} before it`;
    case "sending":
      return "arriving";
    case "roasting":
      return "on stage";
    case "done":
      return "done";
    case "failed":
      return "turned away";
    default:
      return step satisfies never;
  }
}
