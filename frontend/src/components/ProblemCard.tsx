import type { Problem } from "../problem";
import { ChoosePhoto } from "./ChoosePhoto";

interface ProblemCardProps {
  problem: Problem;
  photo?: string | null;
  onAgain: () => void;
  onChoose: (photo: File) => void;
}

/** What went wrong and what to do about it. */
export function ProblemCard({ problem, photo, onAgain, onChoose }: ProblemCardProps) {
  return (
    <section className="problem" role="alert" data-code={problem.code}>
      {photo && <Thumbnail photo={photo} />}
      <div>
        <h1>{problem.title}</h1>
        <p>{problem.detail}</p>
        {problem.hint && <p className="hint">{problem.hint}</p>}
        <div className="actions">
          <ChoosePhoto onChoose={onChoose} label="Choose another photo" loud />
          <button type="button" onClick={onAgain}>
            Back to the start
          </button>
        </div>
        <p className="code">{problem.code}</p>
      </div>
    </section>
  );
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
