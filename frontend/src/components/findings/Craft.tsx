/** How the photo is made: the technique, the light, the colours, the frame, and what juries would say. */
import { angleWords, share } from "../../findings/anatomy";
import type { Of } from "../../findings/kinds";
import { rounded, words } from "../../findings/words";
import { Chips, Dial, Meter, Palette, Rows } from "./Parts";

/** Where the bars of measures without an upper end are full: beyond it, more makes no difference to a viewer. */
const FULL = { sharpness: 3000, noise: 15, blockiness: 2, cast: 30, colorfulness: 100 } as const;

export function Quality({ finding }: { finding: Of<"quality"> }) {
  const { brisque, sharpness, noise, blockiness, saturation, megapixels } = finding;
  const { blur, blur_kind, noisy, blocky, low_resolution, filters = [], borders = [] } = finding;
  return (
    <>
      <Chips
        items={[
          blur_kind ? `${blur} (${blur_kind})` : blur,
          noisy && "noisy",
          blocky && "blocky",
          low_resolution && "low resolution",
          ...filters,
          borders.length > 0 && `bars: ${borders.join(", ")}`,
        ]}
      />
      <dl>
        {typeof brisque === "number" && (
          <Meter
            label="distortion"
            value={brisque / 100}
            text={rounded(brisque)}
            note="of 100 by BRISQUE; 0 is pristine"
          />
        )}
        <Meter
          label="sharpness"
          value={sharpness / FULL.sharpness}
          text={rounded(sharpness)}
          note="variance of the Laplacian"
        />
        <Meter label="noise" value={noise / FULL.noise} text={rounded(noise)} note="of 255 grey levels" />
        <Meter
          label="blocks"
          value={(blockiness - 1) / (FULL.blockiness - 1)}
          text={`× ${rounded(blockiness)}`}
          note="on the grid against beside it; 1 is none"
        />
        <Meter label="saturation" value={saturation} text={share(saturation)} />
      </dl>
      <Rows rows={[["Resolution", `${rounded(megapixels)} megapixels`]]} />
    </>
  );
}

export function Lighting({ finding }: { finding: Of<"lighting"> }) {
  const { exposure, brightness, contrast, clipped_shadows, clipped_highlights } = finding;
  const { cast, cast_strength, direction, flat, backlit, low_key, high_key } = finding;
  return (
    <>
      <Chips
        items={[
          exposure === "balanced" ? "balanced exposure" : `${exposure}exposed`,
          direction === "even" ? "even light" : `light from the ${direction}`,
          cast !== "none" && `${cast} cast`,
          flat && "flat",
          backlit && "backlit",
          low_key && "low key",
          high_key && "high key",
        ]}
      />
      <dl>
        <Meter label="brightness" value={brightness} text={share(brightness)} />
        <Meter label="contrast" value={contrast} text={share(contrast)} />
        <Meter label="lost shadows" value={clipped_shadows} text={share(clipped_shadows)} />
        <Meter label="lost highlights" value={clipped_highlights} text={share(clipped_highlights)} />
        <Meter
          label="colour cast"
          value={cast_strength / FULL.cast}
          text={rounded(cast_strength)}
          note="from neutral, in CIE a*b*"
        />
      </dl>
    </>
  );
}

export function Colors({ finding: { palette, harmony, mood, colorfulness } }: { finding: Of<"colors"> }) {
  return (
    <>
      <Palette colors={palette} />
      <Chips items={[harmony, `${mood} mood`]} />
      <dl>
        <Meter
          label="colourfulness"
          value={colorfulness / FULL.colorfulness}
          text={rounded(colorfulness)}
          note="15 is hardly any, 80 a lot"
        />
      </dl>
    </>
  );
}

export function Composition({ finding }: { finding: Of<"composition"> }) {
  const { orientation, heads = [], thirds, centered, tilt, tilted } = finding;
  const { empty_space, too_empty, symmetry, tiny_subject } = finding;
  return (
    <>
      <Chips
        items={[orientation, tilted && "tilted", too_empty && "too empty", tiny_subject && "tiny subject"]}
      />
      <dl>
        <Meter label="on the thirds" value={thirds} text={share(thirds)} />
        <Meter label="in the centre" value={centered} text={share(centered)} />
        <Meter label="empty space" value={empty_space} text={share(empty_space)} />
        <Meter label="symmetry" value={symmetry} text={share(symmetry)} />
      </dl>
      {typeof tilt === "number" && (
        <dl className="dials">
          <Dial
            label="Horizon"
            degrees={tilt}
            text={angleWords(tilt, "% clockwise", "% anticlockwise", "level")}
          />
        </dl>
      )}
      <Rows rows={heads.map((head) => [`Head ${head.face + 1}`, headWords(head)] as const)} />
    </>
  );
}

function headWords({
  position,
  headroom,
  cropped = [],
  tilt,
}: NonNullable<Of<"composition">["heads"]>[number]) {
  return [
    position === "center" ? "in the middle" : `on the ${position}`,
    headroom >= 0 ? `${share(headroom)} of the height free above it` : "cut off above",
    cropped.length > 0 && `cropped: ${cropped.join(", ")}`,
    typeof tilt === "number" && `eyes ${angleWords(tilt, "% clockwise", "% anticlockwise", "level")}`,
  ]
    .filter(Boolean)
    .join("; ");
}

export function Aesthetics({ finding: { mean, spread, votes } }: { finding: Of<"aesthetics"> }) {
  const most = Math.max(...votes);
  return (
    <>
      <dl>
        <Meter
          label="mean vote"
          value={(mean - 1) / 9}
          text={rounded(mean)}
          note={`of 10; votes differ by ± ${rounded(spread)}`}
        />
      </dl>
      <ol className="votes" aria-label="How a jury’s votes would fall, from 1 to 10">
        {votes.map((vote, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the place is the vote
          <li key={n}>
            <span style={{ blockSize: `${most > 0 ? (100 * vote) / most : 0}%` }} aria-hidden="true" />
            <b>{n + 1}</b>
            <i className="visually-hidden">: {words(share(vote))}</i>
          </li>
        ))}
      </ol>
    </>
  );
}
