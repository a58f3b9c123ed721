/** What is in the photo: things, words, the place, what is behind. */
import { share } from "../../findings/anatomy";
import type { Of } from "../../findings/kinds";
import { capital, listed, rounded, words } from "../../findings/words";
import { Chips, Meter, Rows } from "./Parts";

export function Objects({ finding: { objects = [] } }: { finding: Of<"objects"> }) {
  if (objects.length === 0) return <p className="none">Nothing that it knows.</p>;
  return (
    <ul className="chips scored">
      {objects.map(({ label, score, size }, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the order is the finding's own
        <li key={n} title={`on ${share(size)} of the photo`}>
          {label} <span className="figure">{share(score)}</span>
        </li>
      ))}
    </ul>
  );
}

export function TextLines({ finding: { lines = [] } }: { finding: Of<"text"> }) {
  if (lines.length === 0) return <p className="none">Nothing is written in it.</p>;
  return (
    <ul className="quotes">
      {lines.map(({ text, score }, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the order is the finding's own
        <li key={n}>
          <q dir="auto">{text}</q> <span className="figure">{share(score)}</span>
        </li>
      ))}
    </ul>
  );
}

export function ScenePlace({ finding: { places, indoor, attributes = [] } }: { finding: Of<"scene"> }) {
  return (
    <>
      <dl>
        {places.map(({ label, score }) => (
          <Meter key={label} label={placeName(label)} value={score} text={share(score)} />
        ))}
        <Meter label="indoors" value={indoor} text={share(indoor)} />
      </dl>
      <Chips items={attributes} />
    </>
  );
}

/** "Gymnasium, indoor" for gymnasium/indoor. */
function placeName(label: string): string {
  return words(label).replaceAll("/", ", ");
}

const reasons: Readonly<Record<string, string>> = {
  object: "a thing that draws the eye",
  bright: "a bright spot",
  colorful: "a colourful spot",
  from_head: "something that seems to grow out of a head",
};

export function Background({ finding }: { finding: Of<"background"> }) {
  const { person_share, clutter, blur, sharpness_ratio, distractions = [] } = finding;
  const behind = [...new Set(distractions.map(({ reason }) => reasons[reason] ?? words(reason)))];
  return (
    <>
      <Chips items={[`background ${blur}`]} />
      <dl>
        <Meter label="covered by people" value={person_share} text={share(person_share)} />
        <Meter label="clutter" value={clutter} text={share(clutter)} note="of it has edges" />
      </dl>
      <Rows
        rows={[
          ...(typeof sharpness_ratio === "number"
            ? [["Sharpness", `${rounded(sharpness_ratio)} times: people over background`] as const]
            : []),
          ["Distractions", distractions.length === 0 ? "none" : `${distractions.length}: ${listed(behind)}`],
        ]}
      />
    </>
  );
}

export function Explicit({ finding: { explicit, regions = [] } }: { finding: Of<"explicit"> }) {
  return (
    <>
      <p>{explicit ? "Too explicit for this house." : "Decent."}</p>
      <Chips items={regions.map(({ label, score }) => `${label.toLowerCase()} ${share(score)}`)} />
    </>
  );
}

export function Facts({ finding }: { finding: Of<"facts"> }) {
  const { original_width, original_height, taken_hour, taken_year, jpeg_quality } = finding;
  const { camera, maker, lens_side, flash, software, time_of_day, screenshot } = finding;
  const known = (value: string | number | boolean | null | undefined) =>
    value !== null && value !== undefined;
  const rows: [string, string | false][] = [
    ["Format", finding.format ?? "unknown"],
    ["Original", Boolean(original_width && original_height) && `${original_width} × ${original_height} px`],
    ["JPEG quality", known(jpeg_quality) && `about ${jpeg_quality} of 100`],
    ["Camera", [maker, camera].filter(Boolean).join(", ") || false],
    ["Lens", known(lens_side) && `${lens_side} of the phone`],
    ["Flash", known(flash) && (flash ? "fired" : "did not fire")],
    [
      "Taken",
      [taken_year, known(taken_hour) && `${taken_hour} o’clock`, time_of_day].filter(Boolean).join(", ") ||
        false,
    ],
    ["Software", software ?? false],
    ["Screenshot", screenshot ? "yes" : "no"],
  ];
  return (
    <Rows rows={rows.flatMap(([term, text]) => (text ? [[term, capital(words(text))] as const] : []))} />
  );
}
