import { useOnline } from "./ConnectionLost";

/** A roast was asked for by its link, and the server has not answered yet. It goes away when an answer comes. */
export function Unanswered({ onLeave }: { onLeave: () => void }) {
  const online = useOnline();
  return (
    <section className="problem offline-stage" role="status" data-code="unreachable">
      <div>
        <h1>{online ? "Nobody answers." : "This device is offline."}</h1>
        <p>
          The house may be starting again. The page keeps knocking, and shows the roast as soon as it is let
          in.
        </p>
        <div className="actions">
          <button type="button" onClick={() => location.reload()}>
            Reload the page
          </button>
          <button type="button" onClick={onLeave}>
            Back to the start
          </button>
        </div>
      </div>
    </section>
  );
}
