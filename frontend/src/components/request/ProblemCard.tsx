import { useEffect, useEffectEvent, useState } from "react";
import type { Problem } from "../../request/problem";
import { pause, type Remedy, remedyOf, type Way } from "../../request/remedies";
import type { ServerInfo } from "../../request/serverInfo";
import { photoOf, samples } from "../../upload/samples";
import { Coded } from "../Coded";
import { FrontRow } from "../FrontRow";
import { ChoosePhoto } from "../upload/ChoosePhoto";

interface ProblemCardProps {
  problem: Problem;
  photo?: string | null;
  /** Back to the start. */
  onAgain: () => void;
  onChoose: (photo: File, ...more: File[]) => void;
  /** Tries the same once more; absent where nothing was tried. */
  onRetry?: () => void;
  /** How often it has been tried. */
  tries?: number;
  /** The personas and analyzers that there are, for problems about them. */
  serverInfo?: ServerInfo;
}

/** What went wrong and what to do about it. */
export function ProblemCard(props: ProblemCardProps) {
  const { problem, photo, onRetry, tries = 1, serverInfo } = props;
  const remedy = remedyOf(problem);
  return (
    // Said once: what is tried again and again by itself is no news.
    <section className="problem" role={tries > 1 ? undefined : "alert"} data-code={problem.code}>
      {photo && <Thumbnail photo={photo} />}
      <div>
        <h1>{problem.title}</h1>
        <p>{problem.detail}</p>
        {remedy.hint && (
          <p className="hint">
            <Coded text={remedy.hint} />
          </p>
        )}
        {onRetry && remedy.wait !== undefined && (
          <ByItself seconds={pause(problem.retryAfter ?? remedy.wait, tries)} onDone={onRetry} />
        )}
        <Ways {...props} remedy={remedy} />
        {problem.code === "no_analyzers" && serverInfo && <FrontRow serverInfo={serverInfo} />}
        <p className="code">{problem.code}</p>
      </div>
    </section>
  );
}

/** The ways on, the best one first; those that make no sense here are left out. */
function Ways({ remedy, onAgain, onChoose, onRetry }: ProblemCardProps & { remedy: Remedy }) {
  const ways = remedy.ways.filter((way) => way !== "again" || onRetry);
  return (
    <div className="actions">
      {ways.map((way, place) => (
        <WayOn key={way} way={way} loud={place === 0} {...{ onAgain, onChoose, onRetry }} />
      ))}
    </div>
  );
}

interface WayOnProps extends Pick<ProblemCardProps, "onAgain" | "onChoose"> {
  way: Way;
  loud: boolean;
  onRetry: (() => void) | undefined;
}

function WayOn({ way, loud, onAgain, onChoose, onRetry }: WayOnProps) {
  const button = (label: string, act: (() => void) | undefined) => (
    <button type="button" className={loud ? "loud" : undefined} onClick={act}>
      {label}
    </button>
  );
  switch (way) {
    case "again":
      return button("Try again now", onRetry);
    case "another":
      return <ChoosePhoto onChoose={onChoose} label="Choose another photo" loud={loud} />;
    case "sample":
      return button("Heckle one of ours", () => samples[0] && photoOf(samples[0]).then(onChoose, onAgain));
    case "home":
      return button("Back to the start", onAgain);
    case "reload":
      return button("Reload the page", () => location.reload());
    default:
      return way satisfies never;
  }
}

/** Tries again when the time has come, and says so. */
function ByItself({ seconds, onDone }: { seconds: number; onDone: () => void }) {
  const [left, setLeft] = useState(Math.ceil(seconds));
  const done = useEffectEvent(onDone);
  useEffect(() => {
    if (left <= 0) return done();
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return <p className="by-itself">It tries again by itself in {Math.max(left, 0)} s.</p>;
}

/** A small view of what was sent; nothing at all when it is no picture, which may be the very problem. */
function Thumbnail({ photo }: { photo: string }) {
  return (
    <img
      src={photo}
      alt="What was sent"
      onError={(event) => {
        event.currentTarget.hidden = true;
      }}
    />
  );
}
