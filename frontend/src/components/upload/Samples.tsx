import { useState } from "react";
import { photoOf, type Sample, samples } from "../../upload/samples";

/** Pictures of ours, for visitors without a photo at hand. */
export function Samples({ onChoose }: { onChoose: (photo: File) => void }) {
  const [failed, setFailed] = useState(false);
  const lend = (sample: Sample) => photoOf(sample).then(onChoose, () => setFailed(true));
  return (
    <section className="samples" aria-label="Pictures of ours">
      <h2>Nothing at hand? Heckle one of ours.</h2>
      <ul>
        {samples.map((sample) => (
          <li key={sample.name}>
            <button type="button" onClick={() => lend(sample)}>
              <img src={sample.url} alt="" loading="lazy" width={160} height={120} />
              <span>{sample.title}</span>
            </button>
          </li>
        ))}
      </ul>
      {failed && <p role="alert">Your browser could not draw it. Any photo of yours will do.</p>}
    </section>
  );
}
