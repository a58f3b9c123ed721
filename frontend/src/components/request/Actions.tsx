import { useRef, useState } from "react";
import { cancelRoast, deleteRoast, encore, type Options } from "../../request/api";
import { type Problem, problemOf } from "../../request/problem";
import type { RoastState } from "../../request/reducer";
import { remedyOf } from "../../request/remedies";
import type { ServerInfo } from "../../request/serverInfo";
import { isOver, phaseOf } from "../../request/view";
import { copy } from "../../share/clipboard";
import { linkTo } from "../../share/share";
import { Coded } from "../Coded";
import { ShareDialog } from "../share/ShareDialog";
import { ChoosePhoto } from "../upload/ChoosePhoto";
import { StyleForm } from "../upload/StyleForm";

/** What a request's view gets from the page around it, and what it reports to the page. */
export interface RequestProps {
  id: string;
  serverInfo: ServerInfo;
  options: Options;
  onOptions: (change: Partial<Options>) => void;
  onEncore: (id: string, photo: string) => void;
  onErased: () => void;
  onChoose: (photo: File) => void;
}

interface ActionsProps extends RequestProps {
  state: RoastState;
  photo: string;
}

/** What can be done with the request now. */
export function Actions(props: ActionsProps) {
  const { id, state, onChoose, onErased } = props;
  const [problem, setProblem] = useState<Problem | null>(null);
  const [panel, setPanel] = useState<"encore" | "delete" | null>(null);
  const [busy, setBusy] = useState(false);
  const [sharing, setSharing] = useState(false);
  const attempt = (action: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    action()
      .catch((error: unknown) => setProblem(problemOf(error)))
      .finally(() => setBusy(false));
  };
  const toggle = (name: "encore" | "delete") => setPanel(panel === name ? null : name);
  const again = () => attempt(async () => props.onEncore(await encore(id, props.options), props.photo));
  const stop = () => attempt(() => cancelRoast(id));
  const erase = () => attempt(() => deleteRoast(id).then(onErased));
  const over = isOver(state);
  const opener = useRef<HTMLButtonElement>(null);
  const keep = () => {
    setPanel(null);
    opener.current?.focus();
  };
  return (
    <div className="action-area">
      <div className="actions">
        {over && phaseOf(state) !== "refused" && (
          <button
            type="button"
            // An open panel has the next step in it.
            className={panel === null ? "loud" : undefined}
            aria-expanded={panel === "encore"}
            onClick={() => toggle("encore")}
          >
            Encore
          </button>
        )}
        {state.ending?.type === "roast" && <CopyButton text={state.ending.text} label="Copy text" />}
        {state.ending?.type === "roast" && (
          <button type="button" aria-haspopup="dialog" onClick={() => setSharing(true)}>
            Share
          </button>
        )}
        {over && <CopyButton text={linkTo(id, location.origin)} label="Copy link" />}
        {!over && (
          <button type="button" disabled={busy} onClick={stop}>
            Cancel
          </button>
        )}
        <button
          ref={opener}
          type="button"
          aria-expanded={panel === "delete"}
          onClick={() => toggle("delete")}
        >
          Delete
        </button>
        {over && <ChoosePhoto onChoose={onChoose} label="New photo" />}
      </div>
      {panel === "encore" && (
        <div className="panel">
          <p>The same photo once more, by somebody else. Nothing is uploaded or looked at again.</p>
          <StyleForm serverInfo={props.serverInfo} options={props.options} onOptions={props.onOptions} />
          <button type="button" className="loud" disabled={busy} onClick={again}>
            Roast it again
          </button>
        </div>
      )}
      {panel === "delete" && (
        <div className="panel">
          <p>Erase the photo, what was noticed, and the roast? Its link will lead nowhere.</p>
          <div className="actions">
            <button type="button" className="danger" disabled={busy} onClick={erase}>
              Erase everything
            </button>
            <button type="button" onClick={keep}>
              Keep it
            </button>
          </div>
        </div>
      )}
      {sharing && <ShareDialog id={id} about={props.serverInfo.about} onClose={() => setSharing(false)} />}
      {problem && (
        <p className="inline-problem" role="alert" data-code={problem.code}>
          {problem.title}: {problem.detail} <Coded text={remedyOf(problem).hint ?? ""} />
        </p>
      )}
    </div>
  );
}

function CopyButton({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState("");
  const act = async () => setSaid((await copy(text)) ? "Copied" : "Could not copy");
  return (
    <button type="button" onClick={act} onBlur={() => setSaid("")}>
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}
