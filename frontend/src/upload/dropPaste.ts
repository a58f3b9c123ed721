/** Photos that arrive from outside the page: dropped anywhere on it, or pasted. */
import { useEffect, useEffectEvent, useState } from "react";

/** Calls `onPhotos` with what was dropped or pasted together; the result says whether one hovers over the page now. */
export function useIncoming(onPhotos: (photos: readonly File[]) => void): boolean {
  const [hovering, setHovering] = useState(false);
  const arrived = useEffectEvent(onPhotos);
  useEffect(() => {
    const take = (files: FileList | undefined) => {
      const photos = photosAmong([...(files ?? [])]);
      if (photos.length > 0) arrived(photos);
      return photos.length > 0;
    };
    // Every element entered or left fires an event; the count is 0 only outside the window.
    let depth = 0;
    const stir = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (event.type === "dragenter") depth += 1;
      if (event.type === "dragleave") depth -= 1;
      if (event.type === "drop") {
        depth = 0;
        take(event.dataTransfer.files);
      }
      setHovering(depth > 0);
    };
    const paste = (event: ClipboardEvent) => take(event.clipboardData?.files) && event.preventDefault();
    const drags = ["dragenter", "dragleave", "dragover", "drop"] as const;
    for (const drag of drags) addEventListener(drag, stir);
    addEventListener("paste", paste);
    return () => {
      for (const drag of drags) removeEventListener(drag, stir);
      removeEventListener("paste", paste);
    };
  }, []);
  return hovering;
}

/** Files that some systems give no type, since they do not know it. */
const young = /\.(heic|heif|avif)$/i;

/** The images; where there is none all of the files, so that the server can say what is wrong with them. */
export function photosAmong<F extends Pick<File, "type" | "name">>(files: readonly F[]): readonly F[] {
  const images = files.filter(({ type, name }) => type.startsWith("image/") || young.test(name));
  return images.length > 0 ? images : files;
}
