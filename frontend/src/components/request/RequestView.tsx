import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { useReplay } from "../../replay/useReplay";
import { links } from "../../request/api";
import type { RoastState } from "../../request/reducer";
import { titleOf } from "../../request/serverInfo";
import { useRoast, type Watched } from "../../request/useRoast";
import { isOver, lanesOf, optionOf, type Passage, passagesOf } from "../../request/view";
import { useSpeech } from "../../speech/speech";
import { useWatching } from "../../speech/useWatching";
import { Evidence } from "../findings/Evidence";
import { LayerToggles } from "../findings/LayerToggles";
import { LookCloser } from "../findings/LookCloser";
import { useMedia } from "../media";
import { Scrubber } from "../replay/Scrubber";
import { Actions, type RequestProps } from "./Actions";
import { Joined } from "./Joined";
import { Lanes } from "./Lanes";
import { Monologue } from "./Monologue";
import { Phase } from "./Phase";
import { PhotoFrame } from "./PhotoFrame";
import { ProblemCard } from "./ProblemCard";
import { Unanswered } from "./Unanswered";

interface RequestViewProps extends RequestProps {
  /** The photo as this browser holds it, when it was this page that sent it in. */
  localPhoto: string | null;
  /** Whether this page made the request and shows it for the first time: then its text is typed, not just printed. */
  premiere: boolean;
  onShown: (id: string) => void;
  /** It is over; here is all of it. */
  onOver: (state: RoastState) => void;
  /** The server knows it no more. */
  onGone: (id: string) => void;
  onLeave: () => void;
}

/** One request, from the first analyzer to the last word. */
export function RequestView(props: RequestViewProps) {
  const { id, onShown, onLeave, onChoose } = props;
  const [premiere] = useState(props.premiere);
  const watched = useRoast(id, premiere);
  useEffect(() => onShown(id), [id, onShown]);
  useEnding(watched, props);
  if (watched.problem) return <ProblemCard problem={watched.problem} onAgain={onLeave} onChoose={onChoose} />;
  if (!watched.connected && watched.state.submitted === null && props.localPhoto === null)
    return <Unanswered onLeave={onLeave} />;
  return <Watching {...props} watched={watched} />;
}

/** Reports to the page around it, once, that the request is over or unknown. */
function useEnding({ state, problem }: Watched, { id, onOver, onGone }: RequestViewProps) {
  const over = isOver(state);
  const tell = useEffectEvent(() => (over ? onOver(state) : onGone(id)));
  const gone = problem?.status === 404;
  useEffect(() => {
    if (over || gone) tell();
  }, [over, gone]);
}

function Watching({ watched: actual, ...props }: RequestViewProps & { watched: Watched }) {
  const { id, localPhoto, serverInfo } = props;
  const replay = useReplay(id, actual);
  const { watched } = replay;
  const { state } = watched;
  const [pointed, setPointed] = useState<number | null>(null);
  const [pinned, setPinned] = useState<number | null>(null);
  const beside = useMedia("(min-width: 60rem)");
  const passages = passagesOf(state);
  const performed = useSpeech(passagesOf(actual.state), actual.live);
  const speech = replay.speech ?? performed;
  const lanes = lanesOf(state);
  const active = pointed ?? pinned;
  const cues = active === null ? [] : (passages[active]?.cues ?? []);
  const watching = useWatching(watched, serverInfo, cues);
  const opener = useRef<HTMLButtonElement>(null);
  const { send } = replay;
  const leave = useCallback(() => {
    send({ type: "leave" });
    opener.current?.focus({ preventScroll: true });
  }, [send]);
  const photos = useMemo(() => [localPhoto, links.photo(id)].filter((url) => url !== null), [localPhoto, id]);
  const photo = localPhoto ?? (state.submitted ? links.photo(id) : null);
  // The lanes stand beside the text then: however long the text gets, it moves nothing else.
  const aside = beside && state.joined !== null;
  const frontRow = (
    <>
      <Lanes
        lanes={lanes}
        missing={state.joined?.missing ?? {}}
        schedule={watching.schedule}
        clock={watching.clock}
        lit={watching.lit}
        onPoint={watching.pointAt}
      />
      {state.joined && <Joined joined={state.joined} cued={state.cued} />}
    </>
  );
  return (
    <div className="evening">
      <div className="show">
        <div className="left">
          <PhotoFrame
            photo={photo}
            fallback={state.submitted ? links.photo(id) : null}
            size={state.submitted?.photo ?? null}
            layers={watching.drawn}
            marks={watching.marks}
            lanes={lanes}
            about={serverInfo.about}
          />
          <LayerToggles layers={watching.layers} wanted={watching.wanted} onWant={watching.want} />
          {beside && <Exhibits state={state} cues={cues} passages={passages} />}
          {aside && frontRow}
        </div>
        <section className="right" aria-label="The roast">
          <Phase
            watched={watched}
            speaking={speech.speaking}
            persona={titleOf(serverInfo, optionOf(state, "persona") ?? "critic")}
          />
          <Monologue
            watched={watched}
            serverInfo={serverInfo}
            speech={speech}
            active={active}
            onPoint={setPointed}
            pinned={pinned}
            onPin={(passage) => setPinned(passage === pinned ? null : passage)}
            below={() => !beside && <Evidence state={state} cues={cues} />}
          />
          <Actions {...props} state={actual.state} photo={photo ?? links.photo(id)} />
          {!aside && frontRow}
        </section>
      </div>
      {Object.keys(actual.state.features).length > 0 && (
        <LookCloser watched={actual} replay={replay} photos={photos} opener={opener} />
      )}
      {watched.moment !== null && (
        <Scrubber replay={replay} running={!isOver(actual.state)} onLeave={leave} />
      )}
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
