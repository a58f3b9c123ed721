import { memo, type ReactNode, useState } from "react";
import { faceFilesOf } from "../../findings/perFace";
import { capital, duration, words } from "../../findings/words";
import { links } from "../../request/api";
import { absences, plainly } from "../../request/reasons";
import type { RoastState } from "../../request/reducer";
import type { Feature } from "../../request/types";
import { copy } from "../../share/clipboard";
import { FaceCards } from "./FaceCards";
import type { Source } from "./Parts";
import { PersonCards } from "./PersonCards";
import { Report } from "./Report";

interface DetailsProps {
  state: RoastState;
  /** The photo's addresses, the one to try first in front: faces and people are cut out of it. */
  photos: readonly string[];
}

/** Which findings belong together, by their kinds; all others stand at the end, so nothing is ever left out. */
const groups = [
  {
    title: "Faces",
    perFace: true,
    kinds: ["faces", "mesh", "emotions", "age", "gender", "ethnicity", "skin_tone", "attractiveness"],
  },
  { title: "People and clothes", perFace: true, kinds: ["pose", "gestures", "fashion", "body_type"] },
  { title: "What is in it", perFace: false, kinds: ["objects", "scene", "background", "text", "explicit"] },
  {
    title: "The craft",
    perFace: false,
    kinds: ["composition", "lighting", "colors", "quality", "aesthetics"],
  },
  { title: "The file", perFace: false, kinds: ["facts"] },
] as const;

/** Everything that was noticed, grouped and readable; the same as data is one click away. */
export const Details = memo(function Details({ state, photos }: DetailsProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className="details" open={open}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a summary is a button to browser and reader alike */}
      <summary
        onClick={(event) => {
          event.preventDefault();
          setOpen(!open);
        }}
      >
        Everything the front row noticed
      </summary>
      {open && <Findings state={state} photos={photos} />}
    </details>
  );
});

function Findings({ state, photos }: DetailsProps) {
  const { features } = state;
  const size = state.submitted?.photo;
  const source = size ? { urls: photos, width: size.width, height: size.height } : null;
  const known = new Set<string>(groups.flatMap(({ kinds }) => kinds));
  const others = Object.keys(features).filter((name) => !known.has(kindOf(features[name], name)));
  return (
    <div className="findings">
      <Data state={state} />
      {groups.map((group) => {
        const members = group.kinds.flatMap((kind) => membersOf(features, kind));
        if (members.length === 0) return null;
        return (
          <Group key={group.title} title={group.title} members={members} reports={!group.perFace}>
            {group.perFace && <PerFace group={group.title} features={features} source={source} />}
          </Group>
        );
      })}
      {others.length > 0 && (
        <Group title="Besides" members={others.sort().flatMap((name) => features[name] ?? [])} reports />
      )}
    </div>
  );
}

/** What a report is about; one without a finding is known by the analyzer's name, which is the kind as a rule. */
function kindOf(feature: Feature | undefined, name: string): string {
  return feature?.finding?.kind ?? name;
}

function membersOf(features: RoastState["features"], kind: string): Feature[] {
  return Object.values(features).filter((feature) => kindOf(feature, feature.analyzer) === kind);
}

interface PerFaceProps {
  group: string;
  features: RoastState["features"];
  source: Source | null;
}

function PerFace({ group, features, source }: PerFaceProps) {
  if (group === "Faces") {
    const files = faceFilesOf(features);
    return files.faces && <FaceCards files={files} source={source} />;
  }
  return <PersonCards features={features} source={source} />;
}

interface GroupProps {
  title: string;
  members: readonly Feature[];
  /** Whether each finding has a report of its own; else they are told together, as `children`. */
  reports: boolean;
  children?: ReactNode;
}

function Group({ title, members, reports, children }: GroupProps) {
  return (
    <section className="group" aria-label={title}>
      <h3>{title}</h3>
      {children}
      {reports ? (
        <div className="reports">
          {members.map((feature) => (
            <Report key={feature.analyzer} feature={feature} source={sourceOf(feature)} />
          ))}
        </div>
      ) : (
        <ul className="credits">
          {members.map((feature) => (
            <li key={feature.analyzer} data-report={feature.analyzer}>
              <b>{capital(words(feature.analyzer))}</b> {outcome(feature)} <span>{sourceOf(feature)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function outcome({ status, reason }: Feature): string {
  return status === "ok" ? "" : `${status}: ${plainly(reason)}.`;
}

function sourceOf({ model, version, compute_ms, queue_ms, cached }: Feature): string {
  const who = [model, version && `version ${version}`].filter(Boolean).join(", ");
  const when = cached
    ? "remembered"
    : `${duration(compute_ms ?? 0)}, after ${duration(queue_ms ?? 0)} of waiting`;
  return [who, when].filter(Boolean).join(" · ");
}

/** The same as data: copied, or opened. */
function Data({ state }: { state: RoastState }) {
  const [said, setSaid] = useState("");
  const missing = Object.entries(state.joined?.missing ?? {}).filter(([name]) => !state.features[name]);
  const findings = () =>
    JSON.stringify(
      Object.fromEntries(Object.values(state.features).map(({ analyzer, finding }) => [analyzer, finding])),
      null,
      2,
    );
  const act = async () => setSaid((await copy(findings())) ? "Copied" : "Could not copy");
  return (
    <div className="data">
      {missing.length > 0 && <p>Not heard from: {absences(Object.fromEntries(missing))}.</p>}
      <button type="button" onClick={act} onBlur={() => setSaid("")}>
        <span aria-live="polite">{said || "Copy as JSON"}</span>
      </button>
      <a href={links.document(state.id)} target="_blank" rel="noreferrer">
        Open this roast as JSON
      </a>
    </div>
  );
}
