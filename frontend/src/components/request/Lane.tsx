import { useState } from "react";
import { headline } from "../../findings/headline";
import { capital, duration, words } from "../../findings/words";
import type { Span } from "../../replay/schedule";
import type { Clock } from "../../replay/useClock";
import { plainly } from "../../request/reasons";
import type { Lane as LaneState } from "../../request/view";

interface LaneProps {
  lane: LaneState;
  /** Why its finding is missing, as the join said. */
  missing: string | undefined;
  span: Span | undefined;
  /** Milliseconds that the whole width stands for. */
  scale: number;
  clock: Clock;
  /** Whether the join had to wait for it. */
  critical: boolean;
  /** Whether the joke that is pointed at stands on it. */
  lit: boolean;
  open: boolean;
  onOpen: () => void;
  onPoint: (analyzer: string | null) => void;
}

/** One analyzer on one line, and more of it at a click. */
export function Lane(props: LaneProps) {
  const { lane, missing, span, scale, clock, critical, lit, open, onOpen, onPoint } = props;
  const marks = [
    lane.status,
    lane.feature?.cached && "cached",
    critical && "critical",
    lit && "lit",
    open && "open",
  ];
  return (
    <li
      className={`lane ${marks.filter(Boolean).join(" ")}`}
      data-analyzer={lane.name}
      data-status={lane.status}
      onPointerEnter={() => onPoint(lane.name)}
      onPointerLeave={() => onPoint(null)}
    >
      <button
        type="button"
        aria-expanded={open}
        onClick={onOpen}
        onFocus={() => onPoint(lane.name)}
        onBlur={() => onPoint(null)}
      >
        <span className="lamp" aria-hidden="true" />
        <span className="name">{capital(words(lane.name))}</span>
        <span className="said">{said(lane, missing)}</span>
        <span className="took">{took(lane)}</span>
      </button>
      {open && lane.feature && <p className="more">{more(lane.feature, critical)}</p>}
      {span && <Bar key={`${scale} ${span.ended === null}`} span={span} scale={scale} clock={clock} />}
    </li>
  );
}

/** The wait as a thin line, the work as a thick one; while it lasts, its end moves by a CSS animation. */
function Bar({ span: { queued, began, ended }, scale, clock }: { span: Span; scale: number; clock: Clock }) {
  // An animation that has begun goes by its own clock: it gets the time once.
  const [mounted] = useState(clock.elapsed);
  const elapsed = clock.runs ? mounted : clock.elapsed();
  const share = (ms: number) => `${(100 * Math.min(ms, scale)) / scale}%`;
  const room = Math.max(1, scale - began);
  const waited = { insetInlineStart: share(queued), width: share(began - queued) };
  const worked =
    ended === null
      ? {
          ...{
            insetInlineStart: share(began),
            insetInlineEnd: 0,
            scale: `${Math.min(1, Math.max(0, elapsed - began) / room)} 1`,
          },
          ...{ animationDuration: `${room}ms`, animationDelay: `${began - elapsed}ms` },
        }
      : { insetInlineStart: share(began), width: share(ended - began) };
  return (
    <span className="bar" aria-hidden="true">
      <span className="waited" style={waited} />
      <span className={ended === null && clock.runs ? "worked going" : "worked"} style={worked} />
    </span>
  );
}

function said(lane: LaneState, missing: string | undefined): string {
  switch (lane.status) {
    case "waiting":
      return "waiting";
    case "running":
      return lane.attempt > 1 ? `looking, attempt ${lane.attempt}` : "looking";
    case "ok":
      return lane.feature?.finding ? headline(lane.feature.finding) || "done" : "done";
    case "skipped":
      return `skipped: ${plainly(lane.feature?.reason ?? "nothing to look at")}`;
    case "failed":
      return `failed: ${plainly(lane.feature?.reason)}`;
    case "late":
      return missing ?? "not reported in time";
  }
}

function took({ feature, status }: LaneState): string {
  if (feature === null || status !== "ok") return "";
  return feature.cached ? "remembered" : duration(feature.compute_ms);
}

function more(
  { model, cached, compute_ms, queue_ms }: NonNullable<LaneState["feature"]>,
  critical: boolean,
): string {
  const waited = `waited ${duration(queue_ms ?? 0)}`;
  const looked = cached
    ? `once looked for ${duration(compute_ms ?? 0)}`
    : `looked for ${duration(compute_ms ?? 0)}`;
  const parts = [capital(waited), looked, model, critical && "all others waited for this one"];
  return parts.filter(Boolean).join(" · ");
}
