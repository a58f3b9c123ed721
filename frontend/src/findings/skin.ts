/** Colours of skin as a screen can show them. */

/** The ten tones of the Monk Skin Tone Scale (Monk 2019, released by Google under CC BY 4.0), lightest first. */
export const monkTones = [
  "#f6ede4",
  "#f3e7db",
  "#f7ead0",
  "#eadaba",
  "#d7bd96",
  "#a07e56",
  "#825c43",
  "#604134",
  "#3a312a",
  "#292420",
] as const;

/** CIE 15: above this the cube holds, below it a straight line. */
const EPSILON = 6 / 29;

/** CIE L*a*b* (D65) as sRGB, "#rrggbb"; what a screen cannot show is clipped to what it can. IEC 61966-2-1. */
export function hexOfLab([l, a, b]: readonly [number, number, number]): string {
  const y = (l + 16) / 116;
  const [X, Y, Z] = [0.95047 * cubed(y + a / 500), cubed(y), 1.08883 * cubed(y - b / 200)];
  const linear = [
    3.2404542 * X - 1.5371385 * Y - 0.4985314 * Z,
    -0.969266 * X + 1.8760108 * Y + 0.041556 * Z,
    0.0556434 * X - 0.2040259 * Y + 1.0572252 * Z,
  ];
  return `#${linear.map((part) => byte(part).toString(16).padStart(2, "0")).join("")}`;
}

function cubed(t: number): number {
  return t > EPSILON ? t ** 3 : 3 * EPSILON ** 2 * (t - 4 / 29);
}

function byte(linear: number): number {
  const encoded = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, encoded)));
}
