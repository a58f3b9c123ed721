/** Where on a photo a colour of its palette is, pixel by pixel. Pure. */

/** One colour among those of its palette, as #rrggbb. */
export interface Tint {
  readonly palette: readonly string[];
  readonly index: number;
}

/** A photo at a glance: four bytes for each pixel, row by row, as a canvas hands them out. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

type Place = readonly [x: number, y: number];

export interface Area {
  /** The outline as an SVG path, in shares of the photo: 0 to 1 both ways. */
  readonly path: string;
  /** In the middle of its widest patch, in shares of the photo. */
  readonly heart: Place;
}

/** What is farther from every colour of the palette than this is none of them; in OKLab. */
const FAR = 0.14;

type Lab = readonly [number, number, number];

/** The pixels to which that colour is the nearest of its palette; null where there is none. */
export function areaOf(photo: Pixels, tint: Tint): Area | null {
  const covered = coverage(photo, tint);
  const heart = heartOf(covered, photo);
  return heart && { path: pathOf(covered, photo), heart };
}

/** For each pixel, 1 where it has the colour. */
export function coverage({ width, height, data }: Pixels, { palette, index }: Tint): Uint8Array {
  const colors = palette.map(labOfHex);
  return Uint8Array.from({ length: width * height }, (_, n) => {
    const own = labOf(data[4 * n] ?? 0, data[4 * n + 1] ?? 0, data[4 * n + 2] ?? 0);
    let [nearest, least] = [-1, FAR];
    colors.forEach((color, candidate) => {
      const far = Math.hypot(own[0] - color[0], own[1] - color[1], own[2] - color[2]);
      if (far < least) [nearest, least] = [candidate, far];
    });
    return nearest === index ? 1 : 0;
  });
}

/** The centre of the largest square that is covered all over. */
function heartOf(covered: Uint8Array, { width, height }: Pixels): Place | null {
  const side = new Uint16Array(covered.length);
  let best = -1;
  covered.forEach((is, n) => {
    if (!is) return;
    const inner = n >= width && n % width > 0;
    const above = inner ? Math.min(side[n - 1] ?? 0, side[n - width] ?? 0, side[n - width - 1] ?? 0) : 0;
    side[n] = above + 1;
    if (best < 0 || above + 1 > (side[best] ?? 0)) best = n;
  });
  if (best < 0) return null;
  const half = (side[best] ?? 1) / 2;
  return [((best % width) + 1 - half) / width, (Math.floor(best / width) + 1 - half) / height];
}

/** One rectangle for each run of covered pixels in a row. */
function pathOf(covered: Uint8Array, { width, height }: Pixels): string {
  const h = short(1 / height);
  let path = "";
  for (let start = 0; start < covered.length; start += width) {
    for (let x = 0; x < width; x += 1) {
      if (!covered[start + x]) continue;
      const from = x;
      while (x + 1 < width && covered[start + x + 1]) x += 1;
      const w = short((x + 1 - from) / width);
      path += `M${short(from / width)} ${short(start / width / height)}h${w}v${h}h-${w}z`;
    }
  }
  return path;
}

function short(share: number): string {
  return String(Number(share.toFixed(4)));
}

/** Björn Ottosson, "A perceptual color space for image processing", 2020. */
function labOf(red: number, green: number, blue: number): Lab {
  const [r, g, b] = [light[red] ?? 0, light[green] ?? 0, light[blue] ?? 0];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function labOfHex(hex: string): Lab {
  const channel = (start: number) => Number.parseInt(hex.slice(start, start + 2), 16) || 0;
  return labOf(channel(1), channel(3), channel(5));
}

/** Linear light of every value that a channel can have. IEC 61966-2-1. */
const light = Float32Array.from({ length: 256 }, (_, value) =>
  value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
);
