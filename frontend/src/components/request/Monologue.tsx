import type { ReactNode } from "react";
import { remedyOf } from "../../request/remedies";
import type { ServerInfo } from "../../request/serverInfo";
import { isRoast } from "../../request/snapshot";
import type { Watched } from "../../request/useRoast";
import { isOver, optionOf } from "../../request/view";
import type { Speech } from "../../speech/speech";
import { Coded } from "../Coded";
import { Byline } from "./Byline";
import { RoastText } from "./RoastText";

interface MonologueProps {
  watched: Watched;
  serverInfo: ServerInfo;
  speech: Speech;
  active: number | null;
  pinned: number | null;
  onPoint: (passage: number | null) => void;
  onPin: (passage: number) => void;
  below: (passage: number) => ReactNode;
}

/** The words, and which writer wrote them; or why there are none. */
export function Monologue({ watched, serverInfo, ...text }: MonologueProps) {
  const { state, document } = watched;
  const { ending } = state;
  if (ending?.type === "failed") {
    const { hint } = remedyOf({ ...ending, hint: ending.hint ?? "", status: 0 });
    return (
      <div className="verdict" data-code={ending.code} role="alert">
        <p>{ending.detail}</p>
        {hint && (
          <p className="hint">
            <Coded text={hint} />
          </p>
        )}
      </div>
    );
  }
  if (text.speech.parts.length === 0) return null;
  // The house writer writes English, whatever was asked for; which writer writes is only known with the roast.
  const foreign = ending?.type === "roast" && ending.writer !== "house";
  return (
    <>
      <RoastText
        {...text}
        lang={foreign ? optionOf(state, "language") : undefined}
        complete={isOver(state)}
      />
      {ending?.type === "roast" && !text.speech.speaking && (
        <Byline
          roast={ending}
          serverInfo={serverInfo}
          timings={document && isRoast(document) ? document.timings : null}
        />
      )}
    </>
  );
}
