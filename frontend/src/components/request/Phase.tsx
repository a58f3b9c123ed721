import { useEffect, useState } from "react";
import type { Watched } from "../../request/useRoast";
import { aheadOf, isNews, lanesOf, type Phase as PhaseName, phaseOf } from "../../request/view";
import { ConnectionLost } from "./ConnectionLost";
import { LongWait } from "./LongWait";

interface PhaseProps {
  watched: Watched;
  /** Whether the roast is still being typed out, though all of it may be here. */
  speaking: boolean;
  persona: string;
}

/** How far the request is, in one sentence, which screen readers read out too. */
export function Phase({ watched, speaking, persona }: PhaseProps) {
  const phase = speaking ? "writing" : phaseOf(watched.state);
  const ahead = watched.moment === null && phase === "looking" ? aheadOf(watched.state) : 0;
  const said = ahead > 0 ? inLine(ahead) : sentence(phase, watched, persona);
  const aloud = useNews(ahead);
  useEffect(() => {
    document.title = `${said.replace(/\.$/, "")} · Heckler`;
    return () => {
      document.title = "Heckler";
    };
  }, [said]);
  return (
    <>
      <h1 className="phase" data-phase={phase}>
        <span
          role={watched.moment === null ? "status" : undefined}
          aria-live={watched.moment === null && !aloud ? "off" : undefined}
        >
          {said}
        </span>
        {/* Outside the live region: a screen reader must not read out every number. */}
        {phase === "looking" && ahead === 0 && <span> {progress(watched.state)}</span>}
      </h1>
      {watched.moment === null && ahead === 0 && <LongWait state={watched.state} />}
      <ConnectionLost connected={watched.connected} />
    </>
  );
}

function sentence(phase: PhaseName, { state }: Watched, persona: string): string {
  switch (phase) {
    case "arriving":
      return "On stage. The front row puts on its glasses.";
    case "looking":
      return "The front row is looking.";
    case "writing":
      return `${persona} takes the microphone.`;
    case "done":
      return state.ending?.type === "roast" ? `${persona} has spoken.` : "Everything has been looked at.";
    case "failed":
      return "There will be no roast of this one.";
    case "refused":
      return "The house declines, kindly.";
    case "cancelled":
      return state.ending?.type === "cancelled" && state.ending.reason === "deleted"
        ? "This roast has been deleted."
        : "Stopped. The microphone is off.";
  }
}

function inLine(ahead: number): string {
  return ahead === 1 ? "One photo is on before yours." : `${ahead} photos are on before yours.`;
}

/** Whether the place in the line is to be said aloud: at first, and then whenever it has changed noticeably. */
function useNews(ahead: number): boolean {
  const [said, setSaid] = useState(0);
  const news = isNews(said, ahead);
  if (news) setSaid(ahead);
  return news || ahead === said || ahead === 0;
}

function progress(state: Watched["state"]): string {
  const lanes = lanesOf(state);
  const done = lanes.filter(({ feature }) => feature !== null).length;
  return `${done} of ${lanes.length} have reported.`;
}
