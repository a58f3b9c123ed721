/** A tiny picture of a photo, small enough to be remembered. */
import { THUMBNAIL_LIMIT } from "../history/recents";

const SIDE = 96;
/** From good to just recognisable: the first that fits is taken. */
const qualities = [0.7, 0.5, 0.3, 0.1];

/** The middle of the photo at `url` as a data URL of at most 4 kB; empty when this browser cannot show it. */
export async function thumbnailOf(url: string): Promise<string> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    return "";
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const side = Math.min(image.naturalWidth, image.naturalHeight);
  const [x, y] = [(image.naturalWidth - side) / 2, (image.naturalHeight - side) / 2];
  canvas.getContext("2d")?.drawImage(image, x, y, side, side, 0, 0, SIDE, SIDE);

  for (const quality of qualities) {
    const picture = canvas.toDataURL("image/jpeg", quality);
    if (picture.length <= THUMBNAIL_LIMIT) return picture;
  }
  return "";
}
