/** Colours that evidence points at, looked up on the photo itself. */
import { useEffect, useState } from "react";
import type { Size } from "./layers";
import type { Mark } from "./marks";
import { type Area, areaOf, type Pixels, type Tint } from "./tints";

/** The long side at which a photo is looked at: the light's soft edge is as wide as one of these pixels. */
const SIDE = 160;

/** `marks` with the places of their tints, as soon as the photo could be read; until then, and without it, as they are. */
export function useTints(photo: string, size: Size, marks: readonly Mark[]): readonly Mark[] {
  const [read, setRead] = useState<{ readonly photo: string; readonly pixels: Pixels } | null>(null);
  const wanted = read?.photo !== photo && marks.some((mark) => mark.shape === "point" && mark.tint);
  useEffect(() => {
    if (!wanted) return;
    let here = true;
    pixelsOf(photo, size).then(
      (pixels) => here && setRead({ photo, pixels }),
      () => undefined, // a photo that this browser cannot show keeps its points
    );
    return () => {
      here = false;
    };
  }, [photo, size, wanted]);
  return read?.photo === photo ? marks.map((mark) => spread(mark, read.pixels, size)) : marks;
}

function spread(mark: Mark, pixels: Pixels, size: Size): Mark {
  const area = mark.shape === "point" && mark.tint ? known(pixels, mark.tint) : null;
  if (!area) return mark;
  const [x, y] = area.heart;
  return { shape: "area", label: mark.label, path: area.path, point: [x * size.width, y * size.height] };
}

const areas = new WeakMap<Pixels, Map<string, Area | null>>();

function known(pixels: Pixels, tint: Tint): Area | null {
  const found = areas.get(pixels) ?? new Map<string, Area | null>();
  areas.set(pixels, found);
  const key = `${tint.index} of ${tint.palette}`;
  const area = found.has(key) ? found.get(key) : areaOf(pixels, tint);
  found.set(key, area ?? null);
  return area ?? null;
}

async function pixelsOf(photo: string, size: Size): Promise<Pixels> {
  const image = new Image();
  image.src = photo;
  await image.decode();
  const scale = SIDE / Math.max(size.width, size.height);
  const [width, height] = [size.width, size.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen || !width || !height) throw new Error("no canvas here");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, width, height);
  return pen.getImageData(0, 0, width, height);
}
