import type { Wish } from "../api";
import type { House } from "../house";
import { ChoosePhoto } from "./ChoosePhoto";
import { FrontRow } from "./FrontRow";
import { StyleForm } from "./StyleForm";

interface HomeProps {
  house: House;
  wish: Wish;
  onWish: (change: Partial<Wish>) => void;
  onChoose: (photo: File) => void;
  /** Whether a roast has just been erased. */
  erased: boolean;
}

/** The front door: a stage waiting for a photo, and how the roast shall be. */
export function Home({ house, wish, onWish, onChoose, erased }: HomeProps) {
  return (
    <div className="home">
      {erased && (
        <p className="notice" role="status">
          Erased: the photo, what was noticed, and every word about it.
        </p>
      )}
      <section className="empty-stage" aria-labelledby="invitation">
        <h1 id="invitation">Put a photo on stage.</h1>
        <p>Drop it anywhere, paste it, or choose a file. It will be judged on what is really in it.</p>
        <ChoosePhoto onChoose={onChoose} label="Choose a photo" loud />
      </section>
      <section className="how" aria-label="How the roast shall be">
        <StyleForm house={house} wish={wish} onWish={onWish} />
        <FrontRow house={house} />
      </section>
    </div>
  );
}
