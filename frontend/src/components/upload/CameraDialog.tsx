import { useEffect, useEffectEvent, useRef, useState } from "react";
import { explain, type Footage, frameOf } from "../../upload/camera";
import { type Camera, useCamera } from "../../upload/useCamera";
import { ChoosePhoto } from "./ChoosePhoto";

interface CameraDialogProps {
  onTake: (photo: File) => void;
  onClose: () => void;
}

interface Shot {
  readonly photo: File;
  readonly url: string;
}

/** A photo taken here and now: look, count to three, keep it or try again. */
export function CameraDialog({ onTake, onClose }: CameraDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="camera" aria-label="Camera" onClose={onClose}>
      <Booth onTake={onTake} onClose={() => dialog.current?.close()} />
    </dialog>
  );
}

function Booth({ onTake, onClose }: CameraDialogProps) {
  const camera = useCamera();
  const video = useRef<HTMLVideoElement>(null);
  const [left, setLeft] = useState(0);
  const [shot, setShot] = useState<Shot | null>(null);

  useCountdown(left, setLeft, () => {
    if (video.current)
      frameOf(video.current).then(
        (photo) => setShot({ photo, url: URL.createObjectURL(photo) }),
        camera.again,
      );
  });
  useEffect(() => () => void (shot && URL.revokeObjectURL(shot.url)), [shot]);

  if (camera.trouble)
    return <Trouble {...explain(camera.trouble)} onAgain={camera.again} onTake={onTake} onClose={onClose} />;
  return (
    <>
      <div className="viewfinder">
        <Finder footage={camera.footage} screen={video} />
        {shot && <img src={shot.url} alt="You, a moment ago" />}
        {left > 0 && (
          <span key={left} className="count" aria-hidden="true">
            {left}
          </span>
        )}
      </div>
      <p className="caption" role="status">
        {shot
          ? "As others see you."
          : left > 0
            ? `${left}`
            : camera.footage
              ? ""
              : "Waiting for your camera."}
      </p>
      {shot ? (
        <Taken onUse={() => onTake(shot.photo)} onAgain={() => setShot(null)} onClose={onClose} />
      ) : (
        <Aiming camera={camera} counting={left > 0} onShoot={() => setLeft(3)} onClose={onClose} />
      )}
    </>
  );
}

interface TakenProps {
  onUse: () => void;
  onAgain: () => void;
  onClose: () => void;
}

function Taken({ onUse, onAgain, onClose }: TakenProps) {
  return (
    <div className="actions">
      {/* biome-ignore lint/a11y/noAutofocus: the button that had the focus has just gone */}
      <button type="button" className="loud" autoFocus onClick={onUse}>
        Use this one
      </button>
      <button type="button" onClick={onAgain}>
        Once more
      </button>
      <button type="button" onClick={onClose}>
        Leave
      </button>
    </div>
  );
}

interface AimingProps {
  camera: Camera;
  counting: boolean;
  onShoot: () => void;
  onClose: () => void;
}

function Aiming({ camera: { footage, turn }, counting, onShoot, onClose }: AimingProps) {
  const idle = !footage || counting;
  return (
    <div className="actions">
      <button
        type="button"
        className="loud"
        // biome-ignore lint/a11y/noAutofocus: after a second thought, the keyboard goes on from here
        autoFocus
        // Not `disabled`: it keeps the focus while it counts.
        aria-disabled={idle}
        onClick={() => idle || onShoot()}
      >
        Take the photo
      </button>
      {(footage?.devices.length ?? 0) > 1 && (
        <button type="button" aria-disabled={counting} onClick={() => counting || turn()}>
          Other camera
        </button>
      )}
      <button type="button" onClick={onClose}>
        Leave
      </button>
    </div>
  );
}

/** Second by second from `left` to nothing; then `done`. */
function useCountdown(left: number, setLeft: (left: number) => void, done: () => void) {
  const end = useEffectEvent(done);
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(() => {
      setLeft(left - 1);
      if (left === 1) end();
    }, 1000);
    return () => clearTimeout(timer);
  }, [left, setLeft]);
}

interface FinderProps {
  footage: Footage | null;
  screen: React.RefObject<HTMLVideoElement | null>;
}

function Finder({ footage, screen }: FinderProps) {
  useEffect(() => {
    if (!screen.current) return;
    screen.current.srcObject = footage?.stream ?? null;
    // Started by hand: a browser that saves power plays nothing by itself. Refusals leave the first frame.
    if (footage) screen.current.play().catch(() => {});
  }, [footage, screen]);
  return (
    <video
      ref={screen}
      className={footage?.mirrored ? "mirrored" : undefined}
      muted
      playsInline
      aria-label="What the camera sees"
    />
  );
}

interface TroubleProps extends CameraDialogProps {
  title: string;
  advice: string;
  onAgain: () => void;
}

function Trouble({ title, advice, onAgain, onTake, onClose }: TroubleProps) {
  return (
    <div className="camera-trouble">
      <div role="alert">
        <h2>{title}</h2>
        <p>{advice}</p>
      </div>
      <div className="actions">
        <button type="button" onClick={onAgain}>
          Ask again
        </button>
        <ChoosePhoto onChoose={onTake} label="Choose a photo" loud />
        <button type="button" onClick={onClose}>
          Leave
        </button>
      </div>
    </div>
  );
}
