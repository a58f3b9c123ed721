import { useId } from "react";
import type { Size } from "../../findings/layers";
import { boundsOf, type Mark } from "../../findings/marks";

/** A veil over the photo with holes where `marks` are; none without them. Its edges are soft, as a lamp's are. */
export function Spotlight({ size, marks }: { size: Size; marks: readonly Mark[] }) {
  const id = useId();
  const { width, height } = size;
  const softness = Math.max(width, height) / 120;
  return (
    <svg
      className={marks.length > 0 ? "spotlight on" : "spotlight"}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
    >
      <title>What it stands on</title>
      <mask id={id} maskUnits="userSpaceOnUse" x="0" y="0" width={width} height={height}>
        <path fill="#fff" d={`M0 0h${width}v${height}H0z`} />
        <g style={{ filter: `blur(${softness}px)` }}>
          {marks.map((mark) => (
            <Hole key={JSON.stringify(mark)} mark={mark} size={size} spread={softness * 6} />
          ))}
        </g>
      </mask>
      {marks.length > 0 && <path mask={`url(#${id})`} d={`M0 0h${width}v${height}H0z`} />}
    </svg>
  );
}

function Hole({ mark, size, spread }: { mark: Mark; size: Size; spread: number }) {
  switch (mark.shape) {
    case "box":
      return <rect x={mark.box.x} y={mark.box.y} width={mark.box.w} height={mark.box.h} />;
    case "polygon":
      return <polygon points={mark.points.map((point) => point.join(",")).join(" ")} />;
    case "point":
      return <circle cx={mark.point[0]} cy={mark.point[1]} r={spread} />;
    case "area":
      return <path d={mark.path} transform={`scale(${size.width} ${size.height})`} />;
    case "path":
    case "dots": {
      const { x, y, w, h } = boundsOf(mark);
      return <ellipse cx={x + w / 2} cy={y + h / 2} rx={w / 2 + spread / 2} ry={h / 2 + spread / 2} />;
    }
  }
}
