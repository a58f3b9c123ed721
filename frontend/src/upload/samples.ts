/** Pictures of our own for visitors without a photo at hand: drawn as vectors, sent as any photo is. */
import breakfast from "../samples/breakfast.svg";
import comedian from "../samples/comedian.svg";
import desk from "../samples/desk.svg";
import postcard from "../samples/postcard.svg";

export interface Sample {
  readonly name: string;
  readonly title: string;
  readonly url: string;
}

export const samples: readonly Sample[] = [
  { name: "postcard", title: "A postcard", url: postcard },
  { name: "comedian", title: "A colleague", url: comedian },
  { name: "desk", title: "A late shift", url: desk },
  { name: "breakfast", title: "A still life", url: breakfast },
];

/** `sample` as a PNG file, at the size in which it was drawn. Throws when this browser cannot draw it. */
export async function photoOf(sample: Sample): Promise<File> {
  const image = new Image();
  image.src = sample.url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  return fileOf(canvas, `${sample.name}.png`, "image/png");
}

/** What is on `canvas`, as a file. Throws when the browser has no memory left for it. */
export async function fileOf(canvas: HTMLCanvasElement, name: string, type: string): Promise<File> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, 0.92));
  if (!blob) throw new Error("The picture does not fit into this browser’s memory.");
  return new File([blob], name, { type });
}
