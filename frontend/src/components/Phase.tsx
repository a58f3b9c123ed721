import { useEffect } from "react";
import type { Watched } from "../useRoast";
import { lanesOf, type Phase as PhaseName, phaseOf } from "../view";
import { LineLost } from "./LineLost";
import { LongWait } from "./LongWait";

interface PhaseProps {
  watched: Watched;
  /** Whether the roast is still being typed out, though all of it may be here. */
  speaking: boolean;
  persona: string;
}

/** Where the show is, in one sentence, which screen readers hear too. */
export function Phase({ watched, speaking, persona }: PhaseProps) {
  const phase = speaking ? "writing" : phaseOf(watched.state);
  const said = sentence(phase, watched, persona);
  useEffect(() => {
    document.title = `${said.replace(/\.$/, "")} · Heckler`;
    return () => {
      document.title = "Heckler";
    };
  }, [said]);
  return (
    <>
      <h1 className="phase" data-phase={phase}>
        <span role={watched.moment === null ? "status" : undefined}>{said}</span>
        {/* Outside the live region: nobody wants every number read out. */}
        {phase === "looking" && <span> {progress(watched.state)}</span>}
      </h1>
      {watched.moment === null && <LongWait state={watched.state} />}
      <LineLost connected={watched.connected} />
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

function progress(state: Watched["state"]): string {
  const lanes = lanesOf(state);
  const done = lanes.filter(({ feature }) => feature !== null).length;
  return `${done} of ${lanes.length} have reported.`;
}
