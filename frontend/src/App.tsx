import { useEffect, useRef, useState } from "react";
import { Footer, Header } from "./components/Frame";
import { Home } from "./components/Home";
import { ProblemCard } from "./components/request/ProblemCard";
import { RequestView } from "./components/request/RequestView";
import { QueueStrip } from "./components/upload/QueueStrip";
import { Upload } from "./components/upload/Upload";
import { useLedger } from "./history/useLedger";
import { tooLarge } from "./request/problem";
import type { RoastState } from "./request/reducer";
import { go, useRoute } from "./request/route";
import { useServerInfo } from "./request/serverInfo";
import { useIncoming } from "./upload/dropPaste";
import { possible, useOptions } from "./upload/options";
import { useQueue } from "./upload/useQueue";

/** The whole page: the home page, a photo on its way, or a request. */
export function App() {
  const id = useRoute();
  const serverInfo = useServerInfo();
  const [asked, setOptions] = useOptions();
  const options = possible(asked, serverInfo.personas);
  const [erased, setErased] = useState(false);
  const ledger = useLedger();
  const photos = useQueue(options, id, {
    onMade: (made, wished, photo) => ledger.made(made, wished, photo),
    onOver: ledger.over,
    refusal: ({ size }) =>
      serverInfo.about && size > serverInfo.about.max_upload_bytes
        ? tooLarge(serverInfo.about.max_upload_bytes)
        : null,
  });
  const { front, queue } = photos;
  const choose = (...chosen: readonly File[]) => {
    setErased(false);
    photos.send(chosen);
  };
  const hovering = useIncoming((dropped) => choose(...dropped));

  useEffect(() => {
    if (id !== null) setErased(false);
  }, [id]);

  const stage = front?.key;
  useEffect(() => {
    if (stage !== undefined) toTheTop();
  }, [stage]);

  // Another address is another view: what an upload had to say is over, and what is on its way goes on.
  const { aside } = photos;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is the reason, not a value that is used
  useEffect(aside, [id, aside]);
  const main = useRef<HTMLElement>(null);
  const view = front?.problem ? "problem" : front ? "upload" : (id ?? "home");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the view is the reason, not a value that is used
  useEffect(() => {
    // The element that had the focus went away with the last view; the keyboard goes on from the new one.
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [view]);

  const leave = () => {
    toTheTop();
    photos.aside();
    go(null);
  };
  const stop = () => {
    if (front) photos.leave(front.key);
    go(null);
  };
  const encored = (next: string, photo: string) => {
    photos.adopt(next, photo);
    ledger.made(next, options, photo);
    toTheTop();
    go(next);
  };
  const erase = () => {
    if (id) {
      ledger.erased(id);
      photos.erased(id);
    }
    leave();
    setErased(true);
  };
  const over = (state: RoastState) => {
    photos.over(state.id);
    ledger.over(state);
  };

  return (
    <>
      <Header onHome={leave} />
      <main ref={main} tabIndex={-1}>
        <QueueStrip
          queue={queue}
          viewed={id}
          onShow={photos.show}
          onLeave={photos.leave}
          onTidy={photos.tidy}
        />
        {front?.problem ? (
          <ProblemCard
            problem={front.problem}
            photo={front.photo}
            onAgain={stop}
            onChoose={choose}
            onRetry={() => photos.again(front.key)}
            tries={front.tries}
            serverInfo={serverInfo}
          />
        ) : front ? (
          <Upload about={serverInfo.about} entry={front} onStop={stop} />
        ) : id ? (
          <RequestView
            key={id}
            id={id}
            localPhoto={photos.photoOf(id)}
            premiere={photos.isNew(id)}
            onShown={photos.shown}
            onOver={over}
            onGone={ledger.gone}
            onLeave={leave}
            serverInfo={serverInfo}
            options={options}
            onOptions={setOptions}
            onEncore={encored}
            onErased={erase}
            onChoose={choose}
          />
        ) : (
          <Home
            serverInfo={serverInfo}
            options={options}
            onOptions={setOptions}
            onChoose={choose}
            erased={erased}
          />
        )}
      </main>
      <Footer about={serverInfo.about} />
      {hovering && (
        <div className="drop-veil" aria-hidden="true">
          <p>Drop it. We’ll be gentle. Ish.</p>
        </div>
      )}
    </>
  );
}

/** A new page begins at its top; going back or forth, the browser finds its own place again. */
function toTheTop() {
  scrollTo({ top: 0, behavior: "instant" });
}
