import { useEffect, useId, useRef, useState } from "react";
import { add, ago, amend, drop, isGone, type Recent } from "../../history/recents";
import { type Recall, useRecents } from "../../history/useRecents";
import { deleteRoast, isKnown } from "../../request/api";
import { problemOf } from "../../request/problem";
import { addressOf } from "../../request/route";
import { type ServerInfo, titleOf } from "../../request/serverInfo";

/** What was roasted on this device lately, and how to forget it. */
export function Recents({ serverInfo }: { serverInfo: ServerInfo }) {
  const [list, recall] = useRecents();
  const [removed, setRemoved] = useState<readonly Recent[]>([]);
  useRollCall(list, recall);
  const now = Date.now();
  const retention = serverInfo.about?.event_ttl_s ?? null;
  const remove = (entries: readonly Recent[]) => {
    recall((before) =>
      drop(
        before,
        entries.map(({ id }) => id),
      ),
    );
    setRemoved(entries);
  };
  const section = useRef<HTMLElement>(null);
  const close = () => {
    setRemoved([]);
    // The button that was pressed goes away with its row.
    section.current?.focus({ preventScroll: true });
  };
  if (list.length === 0 && removed.length === 0) return null;
  return (
    <section ref={section} className="recents" aria-labelledby="recents" tabIndex={-1}>
      <div className="head">
        <h2 id="recents">Lately on this stage</h2>
        {list.length > 1 && (
          <button type="button" className="quiet" onClick={() => remove(list)}>
            Clear the list
          </button>
        )}
      </div>
      {removed.length > 0 && (
        <Removed
          key={removed[0]?.id}
          removed={removed}
          remains={removed.filter((entry) => !isGone(entry, now, retention))}
          onUndo={() => {
            recall((before) => removed.reduce<readonly Recent[]>(add, before));
            close();
          }}
          onClose={close}
        />
      )}
      <ul>
        {list.map((entry) => (
          <Entry
            key={entry.id}
            entry={entry}
            gone={isGone(entry, now, retention)}
            now={now}
            serverInfo={serverInfo}
            onRemove={() => remove([entry])}
          />
        ))}
      </ul>
      <p className="aside">Only this browser keeps the list.</p>
    </section>
  );
}

/** Asks, once per visit, whether the server still has them: others may have erased some, a short-lived house all. */
function useRollCall(list: readonly Recent[], recall: Recall) {
  const [asked] = useState(() => list.filter(({ gone }) => !gone).map(({ id }) => id));
  useEffect(() => {
    let left = false;
    const call = async () => {
      for (const id of asked) {
        if (left) return;
        if (!(await isKnown(id))) recall((before) => amend(before, id, { gone: true }));
      }
    };
    // A server that does not answer at all has not forgotten the request.
    call().catch(() => {});
    return () => {
      left = true;
    };
  }, [asked, recall]);
}

interface EntryProps {
  entry: Recent;
  gone: boolean;
  now: number;
  serverInfo: ServerInfo;
  onRemove: () => void;
}

function Entry({ entry, gone, now, serverInfo, onRemove }: EntryProps) {
  const by = `${titleOf(serverInfo, entry.persona)}, ${ago(entry.at, now)}`;
  const content = (
    <>
      {entry.thumbnail ? (
        <img src={entry.thumbnail} alt="" width={64} height={64} />
      ) : (
        <span className="blank" />
      )}
      <span className="words">
        <span className="line" dir="auto">
          {entry.line || "The roast is still to come."}
        </span>
        <span className="by">{gone ? `${by}. The house has forgotten it.` : by}</span>
      </span>
    </>
  );
  return (
    <li className={gone ? "gone" : undefined}>
      {gone ? (
        <span className="ticket">{content}</span>
      ) : (
        <a className="ticket" href={addressOf(entry.id)}>
          {content}
        </a>
      )}
      <button
        type="button"
        className="dismiss"
        aria-label={`Remove from the list: ${entry.line || by}`}
        onClick={onRemove}
      >
        <span aria-hidden="true">×</span>
      </button>
    </li>
  );
}

interface RemovedProps {
  removed: readonly Recent[];
  /** Those that the server still has. */
  remains: readonly Recent[];
  onUndo: () => void;
  onClose: () => void;
}

/** They are off the list; nothing is lost until the visitor confirms it. */
function Removed({ removed, remains, onUndo, onClose }: RemovedProps) {
  const [said, setSaid] = useState("");
  const title = useId();
  const row = useRef<HTMLElement>(null);
  // What was pressed has gone with its entry: the keyboard goes on from here, where Undo is.
  useEffect(() => row.current?.focus(), []);
  const erase = async () => {
    try {
      await Promise.all(remains.map(({ id }) => eraseAnyway(id)));
      setSaid("Erased, on the server too: photo, findings and every word.");
      row.current?.focus();
    } catch (error) {
      setSaid(`${problemOf(error).title}: nothing more was erased. Try again.`);
    }
  };
  const erased = said.startsWith("Erased");
  return (
    <section ref={row} className="removed" aria-labelledby={title} tabIndex={-1}>
      <p id={title} role="status">
        {said || (removed.length === 1 ? "Off the list." : `${removed.length} off the list.`)}
      </p>
      {!erased && (
        <button type="button" onClick={onUndo}>
          Undo
        </button>
      )}
      {!erased && remains.length > 0 && (
        <button type="button" onClick={erase}>
          Erase on the server, too
        </button>
      )}
      <button type="button" onClick={onClose}>
        Fine
      </button>
    </section>
  );
}

/** What is gone already needs no erasing. */
async function eraseAnyway(id: string): Promise<void> {
  try {
    await deleteRoast(id);
  } catch (error) {
    if (problemOf(error).status !== 404) throw error;
  }
}
