import { useState } from "react";
import type { Options } from "../request/api";
import type { ServerInfo } from "../request/serverInfo";
import { FrontRow } from "./FrontRow";
import { Recents } from "./history/Recents";
import { useOnline } from "./request/ConnectionLost";
import { CameraDialog } from "./upload/CameraDialog";
import { ChoosePhoto } from "./upload/ChoosePhoto";
import { Samples } from "./upload/Samples";
import { StyleForm } from "./upload/StyleForm";

interface HomeProps {
  serverInfo: ServerInfo;
  options: Options;
  onOptions: (change: Partial<Options>) => void;
  onChoose: (photo: File, ...more: File[]) => void;
  /** Whether a roast has just been erased. */
  erased: boolean;
}

/** The front door: a stage waiting for a photo, and how the roast shall be. */
export function Home({ serverInfo, options, onOptions, onChoose, erased }: HomeProps) {
  const [camera, setCamera] = useState(false);
  return (
    <div className="home">
      {erased && (
        <p className="notice" role="status">
          Erased: the photo, what was noticed, and every word about it.
        </p>
      )}
      {!serverInfo.answers && <Closed />}
      <section className="empty-stage" aria-labelledby="invitation">
        <h1 id="invitation">Put a photo on stage.</h1>
        <p>Drop it anywhere, paste it, or choose a file. It will be judged on what is really in it.</p>
        <div className="entrances">
          <ChoosePhoto onChoose={onChoose} label="Choose a photo" loud />
          <button type="button" onClick={() => setCamera(true)}>
            Use the camera
          </button>
        </div>
      </section>
      <section className="how" aria-label="How the roast shall be">
        <StyleForm serverInfo={serverInfo} options={options} onOptions={onOptions} />
      </section>
      <Recents serverInfo={serverInfo} />
      <Samples onChoose={onChoose} />
      <FrontRow serverInfo={serverInfo} />
      {camera && (
        <CameraDialog
          onTake={(...photos) => {
            setCamera(false);
            onChoose(...photos);
          }}
          onClose={() => setCamera(false)}
        />
      )}
    </div>
  );
}

/** The page is here and the server is not. */
function Closed() {
  const online = useOnline();
  return (
    <p className="notice" role="status" data-code="unreachable">
      {online ? "The house does not answer just now." : "This device is offline."} The page asks again every
      few seconds; photos that you choose meanwhile wait at the door.
    </p>
  );
}
