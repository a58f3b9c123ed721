/** What stands above and below every view. */
import { promise } from "../history/retention";
import type { About } from "../request/types";

export function Header({ onHome }: { onHome: () => void }) {
  return (
    <header className="bill">
      <button type="button" className="wordmark" onClick={onHome} aria-label="Heckler, to the front door">
        Heckler
      </button>
      <p className="motto">The photo judge who sits in the front row.</p>
    </header>
  );
}

export function Footer({ about }: { about: About | null }) {
  return (
    <footer className="small-print">
      <p>
        {promise(about)} Whoever has a roast’s link can see it until then; Delete erases all of it at once.
      </p>
    </footer>
  );
}
