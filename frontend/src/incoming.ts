/** Photos that arrive from outside the page: dropped anywhere on it, or pasted. */
import { useEffect, useEffectEvent, useState } from "react";

/** Calls `onPhoto` for each photo dropped or pasted; the result says whether one hovers over the page now. */
export function useIncoming(onPhoto: (photo: File) => void): boolean {
  const [hovering, setHovering] = useState(false);
  const arrived = useEffectEvent(onPhoto);
  useEffect(() => {
    const take = (files: FileList | undefined) => {
      const photo = photoAmong([...(files ?? [])]);
      if (photo) arrived(photo);
      return photo !== undefined;
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

/** The first image; else the first file, so that the server can say what is wrong with it. */
export function photoAmong<F extends { type: string }>(files: readonly F[]): F | undefined {
  return files.find((file) => file.type.startsWith("image/")) ?? files[0];
}
