/** What findings are shown with: bars, chips, swatches, dials, crops. */
import { type ReactNode, useState } from "react";
import type { Row } from "../../findings/anatomy";
import { capital, readable, words } from "../../findings/words";
import type { Box } from "../../request/types";

interface MeterProps {
  label: string;
  /** 0..1 of the bar; what lies outside is drawn at its end. */
  value: number;
  text: string;
  /** What it is measured in, or by, where the number alone would not tell. */
  note?: string;
}

/** A named figure on a scale; the number says the same to people who cannot see the bar. */
export function Meter({ label, value, text, note }: MeterProps) {
  return (
    <div className="meter">
      <dt>{capital(label)}</dt>
      <dd>
        <span className="gauge" aria-hidden="true">
          <span style={{ inlineSize: `${100 * Math.min(1, Math.max(0, value))}%` }} />
        </span>
        <span className="figure">{text}</span>
        {note && <span className="measure">{note}</span>}
      </dd>
    </div>
  );
}

export function Rows({ rows }: { rows: readonly Row[] }) {
  return (
    <dl className="rows">
      {rows.map(([term, text]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Short facts, side by side; absent ones are left out. */
export function Chips({ items }: { items: readonly (string | false | null | undefined)[] }) {
  const texts = items.filter((item): item is string => Boolean(item));
  if (texts.length === 0) return null;
  return (
    <ul className="chips">
      {texts.map((item, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two of them may be the same, and none is ever moved
        <li key={`${n} ${item}`}>{words(item)}</li>
      ))}
    </ul>
  );
}

interface Swatch {
  name: string;
  hex: string;
  share: number;
}

/** Colours as one band, as wide as their shares, and by name below. */
export function Palette({ colors }: { colors: readonly Swatch[] }) {
  return (
    <div className="palette">
      <span className="band" aria-hidden="true">
        {colors.map(({ hex, name, share }) => (
          <span key={`${hex} ${name}`} style={{ background: hex, flexGrow: share }} />
        ))}
      </span>
      <ol>
        {colors.map(({ hex, name, share }) => (
          <li key={`${hex} ${name}`}>
            <span className="swatch" style={{ background: hex }} aria-hidden="true" />
            {name} <span className="figure">{readable("share", share)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** An angle as a needle, and in words. Degrees, clockwise positive. */
export function Dial({ label, degrees, text }: { label: string; degrees: number; text: string }) {
  return (
    <div className="dial">
      <svg viewBox="-22 -22 44 44" aria-hidden="true">
        <circle r="20" />
        <path className="rest" d="M0 14V-16" />
        <path className="needle" d="M0 14V-16" transform={`rotate(${degrees})`} />
      </svg>
      <dt>{label}</dt>
      <dd>{text}</dd>
    </div>
  );
}

/** The photo that crops are cut from. */
export interface Source {
  readonly urls: readonly string[];
  readonly width: number;
  readonly height: number;
}

interface CropProps {
  source: Source | null;
  box: Box;
  label: string;
  /** Width over height. */
  aspect?: number;
}

/** What is around `box`, a little wider, cut out of the photo. Nothing when the photo is gone. */
export function Crop({ source, box, label, aspect = 1 }: CropProps) {
  const [broken, setBroken] = useState(0);
  const url = source?.urls[broken];
  if (!source || !url) return null;
  const height = Math.max(box.w / aspect, box.h) * (aspect < 1 ? 1.25 : 1.35);
  const width = height * aspect;
  const x = within(box.x + box.w / 2 - width / 2, source.width - width);
  const y = within(box.y + box.h / 2 - height / 2, source.height - height);
  return (
    <svg className="crop" viewBox={`${x} ${y} ${width} ${height}`} role="img" aria-label={label}>
      <image
        href={url}
        width={source.width}
        height={source.height}
        preserveAspectRatio="none"
        onError={() => setBroken((before) => before + 1)}
      />
    </svg>
  );
}

/** Shifted into the photo, where it is large enough: a crop without black bars is easier to read. */
function within(place: number, room: number): number {
  return room >= 0 ? Math.min(room, Math.max(0, place)) : place;
}

/** What is estimated but never used for a joke, and why it is shown all the same. */
export function Discreet({ children }: { children: ReactNode }) {
  return (
    <div className="discreet">
      <p className="note">
        Estimates of what nobody chooses. Programs often get them wrong; they are here because you may know
        what was guessed, and no joke is ever made of them.
      </p>
      {children}
    </div>
  );
}
