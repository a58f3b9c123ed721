import { type CSSProperties, useState } from "react";
import type { Layer } from "../../findings/layers";
import type { Mark } from "../../findings/marks";
import { span } from "../../history/retention";
import type { About } from "../../request/types";
import type { Lane } from "../../request/view";
import { Marks } from "../findings/Marks";

interface PhotoFrameProps {
  /** The photo's address; null while there is none. */
  photo: string | null;
  /** Tried when this browser cannot show `photo`, as with HEIC; also when there was none. */
  fallback?: string | null;
  /** The normalised photo's pixels, once known. */
  size: { width: number; height: number } | null;
  /** What the findings have to show on it. */
  layers?: readonly Layer[];
  /** What the evidence points at. */
  marks: readonly Mark[];
  lanes: readonly Lane[];
  about: About | null;
}

/** The photo in its frame, what the evidence points at, and a footlight for each analyzer. */
export function PhotoFrame({
  photo,
  fallback = null,
  size,
  layers = [],
  marks,
  lanes,
  about,
}: PhotoFrameProps) {
  const [broken, setBroken] = useState<readonly string[]>([]);
  const shown = [photo, fallback].find((url) => url !== null && !broken.includes(url)) ?? null;
  return (
    <figure className="stage">
      <div className={size ? "frame measured" : "frame"} style={shapeOf(size)}>
        {shown ? (
          <img
            src={shown}
            alt="The one on stage"
            width={size?.width}
            height={size?.height}
            onError={() => setBroken((before) => [...before, shown])}
          />
        ) : (
          <p className="no-photo">{absence(fallback !== null && broken.includes(fallback), about)}</p>
        )}
        {size && shown && <Marks photo={shown} size={size} layers={layers} marks={marks} />}
      </div>
      <Footlights lanes={lanes} />
    </figure>
  );
}

/** The custom properties that the frame's style sheet computes with. */
function shapeOf(size: PhotoFrameProps["size"]): CSSProperties | undefined {
  if (!size) return undefined;
  const { width, height } = size;
  return {
    aspectRatio: `${width} / ${height}`,
    "--wide": `${width}px`,
    "--ratio": width / height,
  } as CSSProperties;
}

function absence(gone: boolean, about: About | null): string {
  return gone
    ? `The photo has left the building: photos are kept for ${about ? span(about.photo_ttl_s) : "a while only"}.`
    : "Your browser cannot show this format. It will appear here once it has been developed.";
}

/** Decoration: the lanes say the same in words. */
function Footlights({ lanes }: { lanes: readonly Lane[] }) {
  return (
    <div className="footlights" aria-hidden="true">
      {lanes.map(({ name, status }) => (
        <span key={name} className={`light ${status}`} title={name} />
      ))}
    </div>
  );
}
