import type { About } from "../../request/types";
import type { QueuedPhoto } from "../../upload/queue";
import { PhotoFrame } from "../request/PhotoFrame";

interface UploadProps {
  about: About | null;
  entry: QueuedPhoto;
  onStop: () => void;
}

/** The photo is on its way; it can be seen already. */
export function Upload({ about, entry: { photo, share, step }, onStop }: UploadProps) {
  const percent = Math.round(share * 100);
  const sent = share >= 1;
  return (
    <div className="show">
      <div className="left">
        <PhotoFrame photo={photo} size={null} marks={[]} lanes={[]} about={about} />
      </div>
      <section className="right" aria-label="Upload">
        <h1 className="phase">
          <span role="status">
            {step === "waiting"
              ? "Next in line: it comes on stage as soon as the stage is free."
              : sent
                ? "On stage. The front row puts on its glasses."
                : "Carrying your photo on stage."}
          </span>
        </h1>
        <progress aria-label="Upload" max={100} {...(sent ? {} : { value: percent })} />
        <div className="actions">
          <button type="button" onClick={onStop}>
            Stop
          </button>
        </div>
      </section>
    </div>
  );
}
