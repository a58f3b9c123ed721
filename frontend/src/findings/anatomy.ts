/** What was measured of faces and bodies, as a reader takes it in: the number, and what it is a number of. */
import type { Of } from "./kinds";
import { rounded } from "./words";

export type MeshedFace = Of<"mesh">["faces"][number];
export type Ratios = Of<"body_type">["people"][number]["ratios"];

export type Row = readonly [term: string, text: string];

/** The measures of a face, each against another of the same face. */
export function structureRows(structure: MeshedFace["structure"]): Row[] {
  const [right, left] = structure.eye_openness;
  return [
    ["Shape", `${structure.shape}, ${ratio(structure.length_to_width)} as long as wide`],
    ["Jaw", `${ratio(structure.jaw_to_cheekbones)} of the cheekbones`],
    ["Forehead", `${ratio(structure.forehead_to_cheekbones)} of the cheekbones`],
    ["Eyes apart", `${ratio(structure.eye_spacing)} eye widths`],
    ["Eyes open", `${share(right)} of the width (right), ${share(left)} (left)`],
    ["Brows", `${share(structure.brow_height)} of the face above the eyes`],
    ["Nose width", `${ratio(structure.nose_width)} of the eyes’ gap`],
    ["Nose length", `${share(structure.nose_length)} of the face’s height`],
    ["Mouth", `${ratio(structure.mouth_width)} nose widths`],
  ];
}

/** The build of a body; joints that were hidden are left out. */
export function buildRows(ratios: Ratios): Row[] {
  const rows: [string, number | null | undefined, string][] = [
    ["Shoulders", ratios.shoulder_to_hip, "times the width of the hips"],
    ["Trunk", ratios.torso_to_leg, "times the length of the legs"],
    ["Arms", ratios.arm_to_torso, "times the length of the trunk"],
    ["Shoulders to height", ratios.shoulder_to_height, "of the height"],
  ];
  return rows.flatMap(([term, value, of]) =>
    typeof value === "number" ? [[term, `${ratio(value)} ${of}`] as const] : [],
  );
}

/** An angle below this looks straight to people. */
const STRAIGHT = 2;

/** "turned 17° towards the right edge". */
export function angleWords(degrees: number, positive: string, negative: string, straight: string): string {
  if (Math.abs(degrees) < STRAIGHT) return straight;
  return (degrees > 0 ? positive : negative).replace("%", `${Math.round(Math.abs(degrees))}°`);
}

/** "brow outer up, left" for browOuterUpLeft; the sides are the subject's own. */
export function shapeName(blendshape: string): string {
  const spaced = blendshape.replace(/^_/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.replace(/ (left|right)$/, ", $1");
}

/** The entries of `scores` from the most marked down. */
export function ranked(scores: Readonly<Record<string, number>>): [name: string, score: number][] {
  return Object.entries(scores).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

function ratio(value: number): string {
  return value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** "18 %" for 0.183; of less than one in a hundred, "0.3 %". */
export function share(value: number): string {
  const percent = value * 100;
  return `${percent >= 1 ? Math.round(percent) : rounded(Math.round(percent * 10) / 10)} %`;
}
