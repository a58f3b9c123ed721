import { useEffect, useState } from "react";
import { links } from "../api";
import { distinct, markOfSubject, marksOf } from "../evidence";
import { titleOf } from "../house";
import { useMedia } from "../media";
import type { RoastState } from "../reducer";
import { useSpeech } from "../speech";
import { useRoast, type Watched } from "../useRoast";
import { cuesOf, isOver, lanesOf, type Passage, passagesOf } from "../view";
import { Actions, type RequestProps } from "./Actions";
import { Details } from "./Details";
import { Evidence } from "./Evidence";
import { Joined } from "./Joined";
import { Lanes } from "./Lanes";
import { Monologue } from "./Monologue";
import { Phase } from "./Phase";
import { ProblemCard } from "./ProblemCard";
import { Stage } from "./Stage";

interface ShowProps extends RequestProps {
  /** The photo as this browser holds it, when it was this page that sent it in. */
  localPhoto: string | null;
  /** Whether this page made the request and shows it for the first time: then it is performed, not just printed. */
  premiere: boolean;
  onShown: (id: string) => void;
}

/** One request, from the first analyzer to the last word. */
export function Show(props: ShowProps) {
  const { id, onShown, onErased, onChoose } = props;
  const [premiere] = useState(props.premiere);
  const watched = useRoast(id, premiere);
  useEffect(() => onShown(id), [id, onShown]);
  if (watched.problem)
    return <ProblemCard problem={watched.problem} onAgain={onErased} onChoose={onChoose} />;
  return <Performance {...props} watched={watched} />;
}

function Performance({ watched, ...props }: ShowProps & { watched: Watched }) {
  const { id, localPhoto, house } = props;
  const { state } = watched;
  const [pointed, setPointed] = useState<number | null>(null);
  const [pinned, setPinned] = useState<number | null>(null);
  const beside = useMedia("(min-width: 60rem)");
  const passages = passagesOf(state);
  const speech = useSpeech(passages, watched.live);
  const lanes = lanesOf(state);
  const active = pointed ?? pinned;
  const cues = active === null ? [] : (passages[active]?.cues ?? []);
  const photo = localPhoto ?? (state.submitted ? links.photo(id) : null);
  return (
    <div className="show">
      <div className="left">
        <Stage
          photo={photo}
          fallback={state.submitted ? links.photo(id) : null}
          size={state.submitted?.photo ?? null}
          marks={marksFor(state, cues)}
          lanes={lanes}
          about={house.about}
        />
        {beside && <Exhibits state={state} cues={cues} passages={passages} />}
      </div>
      <section className="right" aria-label="The roast">
        <Phase
          watched={watched}
          speaking={speech.speaking}
          persona={titleOf(house, state.submitted?.style?.persona ?? "critic")}
        />
        <Monologue
          watched={watched}
          house={house}
          speech={speech}
          active={active}
          onPoint={setPointed}
          pinned={pinned}
          onPin={(passage) => setPinned(passage === pinned ? null : passage)}
          below={() => !beside && <Evidence state={state} cues={cues} />}
        />
        <Actions {...props} state={state} photo={photo ?? links.photo(id)} />
        <Lanes lanes={lanes} missing={state.joined?.missing ?? {}} />
        {state.joined && <Joined joined={state.joined} />}
      </section>
      {isOver(state) && Object.keys(state.features).length > 0 && <Details state={state} />}
    </div>
  );
}

/** Beside the photo: what the joke stands on, or how to find out. */
function Exhibits(props: { state: RoastState; cues: readonly string[]; passages: readonly Passage[] }) {
  const { state, cues, passages } = props;
  if (!passages.some((passage) => passage.cues.length > 0)) return null;
  return (
    <div className="exhibits">
      {cues.length > 0 ? (
        <Evidence state={state} cues={cues} />
      ) : (
        <p className="prompt">Point at a joke to see what it stands on.</p>
      )}
    </div>
  );
}

function marksFor(state: RoastState, cues: readonly string[]) {
  const found = cuesOf(state, cues).flatMap((cue) => [
    ...cue.evidence.flatMap((path) => marksOf(state.features, path)),
    ...markOfSubject(state.features, cue.about),
  ]);
  return distinct(found);
}
