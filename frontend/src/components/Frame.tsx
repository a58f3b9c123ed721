/** What stands above and below every view. */

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

export function Footer() {
  return (
    <footer className="small-print">
      <p>
        Photos stay on this server for an hour, what was noticed and said about them for a day. Whoever has a
        roast’s link can see it until then; Delete erases all of it at once.
      </p>
    </footer>
  );
}
