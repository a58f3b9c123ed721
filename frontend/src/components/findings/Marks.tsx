import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { paint, type Scene } from "../../findings/draw";
import type { Layer, Size } from "../../findings/layers";
import { type Mark, markAt } from "../../findings/marks";
import { useTints } from "../../findings/useTints";
import { useStillness } from "../media";
import { Spotlight } from "../request/Spotlight";

interface MarksProps {
  /** The photo's address, for what only its pixels tell. */
  photo: string;
  size: Size;
  /** The layers to show. */
  layers: readonly Layer[];
  /** What is pointed at elsewhere: it stands in the light, the rest in the dark. */
  marks: readonly Mark[];
}

/** How near a finger or a pointer must come, in CSS pixels. */
const REACH = 7;

const appearMs = 350;

/** The findings, drawn over the photo. Decoration for people who see it: the lanes and the details say the same. */
export function Marks({ photo, size, layers, ...pointed }: MarksProps) {
  const marks = useTints(photo, size, pointed.marks);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<Mark | null>(null);
  usePainting(canvas, { size, layers, lit: marks.length > 0 ? marks : hovered ? [hovered] : [] });
  const point = (event: PointerEvent) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    const scale = size.width / width;
    const at = [(event.clientX - left) * scale, ((event.clientY - top) * size.height) / height] as const;
    setHovered(
      markAt(
        layers.flatMap((layer) => layer.marks),
        at,
        REACH * scale,
      ),
    );
  };
  return (
    <div
      className="marks"
      aria-hidden="true"
      onPointerMove={point}
      onPointerDown={point}
      onPointerLeave={() => setHovered(null)}
    >
      <Spotlight size={size} marks={marks} />
      <canvas ref={canvas} />
    </div>
  );
}

/** Paints `scene` whenever it or the canvas's size in device pixels changes; new layers appear softly. */
function usePainting(canvas: RefObject<HTMLCanvasElement | null>, scene: Scene): void {
  const still = useStillness();
  const born = useRef(new Map<string, number>());
  const latest = useRef<() => void>(null);

  useEffect(() => {
    const sheet = canvas.current;
    const pen = sheet?.getContext("2d");
    if (!sheet || !pen) return;
    let frame = 0;
    const draw = () => {
      const now = performance.now();
      const shade = (id: string) =>
        still ? 1 : Math.min(1, (now - (born.current.get(id) ?? now)) / appearMs);
      for (const { id } of scene.layers) if (!born.current.has(id)) born.current.set(id, now);
      const { width, height } = sheet;
      paint(pen, scene, { width, height, ratio: devicePixelRatio, shade });
      if (scene.layers.some(({ id }) => shade(id) < 1)) frame = requestAnimationFrame(draw);
    };
    for (const id of born.current.keys())
      if (!scene.layers.some((layer) => layer.id === id)) born.current.delete(id);
    latest.current = () => {
      cancelAnimationFrame(frame);
      draw();
    };
    draw();
    return () => cancelAnimationFrame(frame);
  });

  useEffect(() => {
    const sheet = canvas.current;
    if (!sheet) return;
    return watchPixels(sheet, (width, height) => {
      sheet.width = width;
      sheet.height = height;
      latest.current?.();
    });
  }, [canvas]);
}

/** `counted` unless it is no rounding of `reckoned`: browsers that play another device count their own pixels. */
function nearest(reckoned: number, counted: number | undefined): number {
  return counted !== undefined && Math.abs(counted - reckoned) < 2 ? counted : Math.round(reckoned);
}

/** Tells how many device pixels `element` covers, now and whenever that changes, by size or by zoom. */
function watchPixels(element: Element, tell: (width: number, height: number) => void): () => void {
  const observer = new ResizeObserver(([entry]) => {
    if (!entry) return;
    const { width, height } = entry.contentRect;
    const exact = entry.devicePixelContentBoxSize?.[0];
    tell(
      nearest(width * devicePixelRatio, exact?.inlineSize),
      nearest(height * devicePixelRatio, exact?.blockSize),
    );
  });
  try {
    observer.observe(element, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(element); // Safari does not count device pixels.
  }
  return () => observer.disconnect();
}
