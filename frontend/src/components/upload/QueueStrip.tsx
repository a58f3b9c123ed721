import { addressOf } from "../../request/route";
import { isPending, type Queue, type QueuedPhoto } from "../../upload/queue";

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
  const { entries, front } = queue;
  const pending = entries.filter(isPending);
  const elsewhere = pending.some(({ key, id }) => key !== front && (id === null || id !== viewed));
  if (entries.length < 2 && !elsewhere) return null;
  return (
    <nav className="queue" aria-label="Photos in line">
      <p role="status">{summary(entries)}</p>
      <ol>
        {entries.map((entry, place) => {
          const here = entry.key === front || (entry.id !== null && entry.id === viewed);
          return (
            <li key={entry.key} className={entry.step} aria-current={here ? "true" : undefined}>
              <Seat entry={entry} place={placeOf(entry, entries)} onShow={onShow} number={place + 1} />
              {entry.step === "waiting" && (
                <button
                  type="button"
                  className="dismiss"
                  aria-label={`Take photo ${place + 1} out of the line`}
                  onClick={() => onLeave(entry.key)}
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
export function summary(entries: readonly Pick<QueuedPhoto, "step">[]): string {
  const [been, away] = (["done", "failed"] as const).map(
    (end) => entries.filter(({ step }) => step === end).length,
  );
  if (been === entries.length)
    return been === 1 ? "The photo has been on." : `All ${been} photos have been on.`;
  const turned = away ? `, ${away} ${away === 1 ? "was" : "were"} turned away` : "";
  return `${been} of ${entries.length} photos have been on${turned}.`;
}

/** How many have to go on before `entry` does. */
function placeOf(entry: QueuedPhoto, entries: readonly QueuedPhoto[]): number {
  return entries.slice(0, entries.indexOf(entry)).filter(isPending).length;
}

interface SeatProps {
  entry: QueuedPhoto;
  place: number;
  number: number;
  onShow: (key: number) => void;
}

function Seat({ entry, place, number, onShow }: SeatProps) {
  const content = (
    <>
      <Picture photo={entry.photo} />
      <span className="visually-hidden">Photo {number}: </span>
      <span className="where">{where(entry, place)}</span>
      {entry.step === "sending" && <span className="sent" style={{ inlineSize: `${entry.share * 100}%` }} />}
    </>
  );
  if (entry.id !== null) return <a href={addressOf(entry.id)}>{content}</a>;
  return (
    <button type="button" onClick={() => onShow(entry.key)}>
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

function where({ step }: QueuedPhoto, place: number): string {
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
