import type { Mark } from "../evidence";

interface MarksProps {
  size: { width: number; height: number };
  marks: readonly Mark[];
}

/** Boxes, quads and points in the photo's pixels, drawn over it; the labels keep their size however large it is. */
export function Marks({ size, marks }: MarksProps) {
  return (
    <div className="marks" aria-hidden="true">
      <svg viewBox={`0 0 ${size.width} ${size.height}`} preserveAspectRatio="none">
        <title>What the evidence points at</title>
        {marks.map((mark) => (
          <Outline key={JSON.stringify(mark)} mark={mark} />
        ))}
      </svg>
      {marks.map((mark) => {
        const [x, y] = anchor(mark);
        const place = { left: percent(x, size.width), top: percent(y, size.height) };
        return (
          <span key={JSON.stringify(mark)} className={`mark-label ${mark.shape}`} style={place}>
            {mark.label}
          </span>
        );
      })}
    </div>
  );
}

function Outline({ mark }: { mark: Mark }) {
  switch (mark.shape) {
    case "box":
      return <rect x={mark.box.x} y={mark.box.y} width={mark.box.w} height={mark.box.h} />;
    case "polygon":
      return <polygon points={mark.points.map((point) => point.join(",")).join(" ")} />;
    case "point":
      // A line of no length with round ends is a dot that the stretched picture cannot squash.
      return <path className="dot" d={`M ${mark.point[0]} ${mark.point[1]} h 0.001`} />;
  }
}

/** Where the label goes: the top left of what it names. */
function anchor(mark: Mark): readonly [number, number] {
  switch (mark.shape) {
    case "box":
      return [mark.box.x, mark.box.y];
    case "polygon":
      return mark.points[0] ?? [0, 0];
    case "point":
      return mark.point;
  }
}

function percent(part: number, whole: number): string {
  return `${Math.min(96, Math.max(0, (100 * part) / whole))}%`;
}
