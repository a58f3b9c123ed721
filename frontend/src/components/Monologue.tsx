import type { ReactNode } from "react";
import type { House } from "../house";
import type { Speech } from "../speech";
import type { Watched } from "../useRoast";
import { isOver } from "../view";
import { Byline } from "./Byline";
import { RoastText } from "./RoastText";

interface MonologueProps {
  watched: Watched;
  house: House;
  speech: Speech;
  active: number | null;
  pinned: number | null;
  onPoint: (passage: number | null) => void;
  onPin: (passage: number) => void;
  below: (passage: number) => ReactNode;
}

/** The words, and who wrote them; or why there are none. */
export function Monologue({ watched, house, ...text }: MonologueProps) {
  const { state, document } = watched;
  const { ending } = state;
  if (ending?.type === "failed") {
    return (
      <div className="verdict" data-code={ending.code} role="alert">
        <p>{ending.detail}</p>
        {ending.hint && <p className="hint">{ending.hint}</p>}
      </div>
    );
  }
  if (text.speech.parts.length === 0) return null;
  return (
    <>
      <RoastText {...text} complete={isOver(state)} />
      {ending?.type === "roast" && !text.speech.speaking && (
        <Byline roast={ending} house={house} timings={document?.timings ?? null} />
      )}
    </>
  );
}
