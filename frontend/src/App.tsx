import { useEffect, useRef, useState } from "react";
import { Footer, Header } from "./components/Frame";
import { Home } from "./components/Home";
import { ProblemCard } from "./components/ProblemCard";
import { Show } from "./components/Show";
import { Upload } from "./components/Upload";
import { useHouse } from "./house";
import { useIncoming } from "./incoming";
import { go, useRoute } from "./route";
import { useUpload } from "./useUpload";
import { useWish } from "./wish";

/** The whole page: the front door, a photo on its way, or a show. */
export function App() {
  const id = useRoute();
  const house = useHouse();
  const [wish, setWish] = useWish();
  const [erased, setErased] = useState(false);
  const upload = useUpload(wish);
  const choose = (photo: File) => {
    setErased(false);
    upload.send(photo);
  };
  const hovering = useIncoming(choose);

  // Another address is another view: what an upload had to say is over.
  const { forget } = upload;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address is the reason, not a value that is used
  useEffect(forget, [id, forget]);
  const main = useRef<HTMLElement>(null);
  const view = upload.problem ? "problem" : upload.sending ? "upload" : (id ?? "home");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the view is the reason, not a value that is used
  useEffect(() => {
    // The element that had the focus went away with the last view; the keyboard goes on from the new one.
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [view]);

  const leave = () => {
    upload.forget();
    go(null);
  };
  const encored = (next: string, photo: string) => {
    upload.adopt(next, photo);
    go(next);
  };
  const erase = () => {
    setErased(true);
    leave();
  };

  return (
    <>
      <Header onHome={leave} />
      <main ref={main} tabIndex={-1}>
        {upload.problem ? (
          <ProblemCard problem={upload.problem} photo={upload.photo} onAgain={leave} onChoose={choose} />
        ) : upload.sending ? (
          <Upload about={house.about} photo={upload.photo} share={upload.share} onStop={leave} />
        ) : id ? (
          <Show
            key={id}
            id={id}
            localPhoto={upload.photoOf(id)}
            premiere={upload.isNew(id)}
            onShown={upload.shown}
            house={house}
            wish={wish}
            onWish={setWish}
            onEncore={encored}
            onErased={erase}
            onChoose={choose}
          />
        ) : (
          <Home house={house} wish={wish} onWish={setWish} onChoose={choose} erased={erased} />
        )}
      </main>
      <Footer about={house.about} />
      {hovering && (
        <div className="drop-veil" aria-hidden="true">
          <p>Drop it. We’ll be gentle. Ish.</p>
        </div>
      )}
    </>
  );
}
