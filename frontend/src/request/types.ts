/** The server's shapes under the names that the page uses. Everything here comes from the generated schema. */
import type { components } from "../api.generated";

type Schemas = components["schemas"];

export type Submitted = Schemas["Submitted"];
export type Deadline = Schemas["Deadline"];
export type Started = Schemas["Started"];
export type Feature = Schemas["Feature"];
export type Joined = Schemas["Joined"];
export type Cued = Schemas["Cued"];
export type Analyzed = Schemas["Analyzed"];
export type Line = Schemas["Line"];
export type Roast = Schemas["Roast"];
export type Failed = Schemas["Failed"];
export type Cancelled = Schemas["Cancelled"];

/** What ends a request. */
export type Ending = Roast | Analyzed | Failed | Cancelled;

/** How many photos are on before this one. The server's own word: no event of the log, so there is nothing to replay. */
export type QueuePosition = Schemas["QueuePosition"];

/** Everything that arrives on a request's event stream. */
export type RoastEvent = Schemas["AnyEvent"];

/** Those of them that tell what happened. */
export type LogEvent = Exclude<RoastEvent, QueuePosition>;

export type Finding = NonNullable<Feature["finding"]>;
export type Cue = Schemas["Cue"];
export type Box = Schemas["Box"];
export type Style = Schemas["Style"];
export type Heat = Style["heat"];
export type Length = Style["length"];
export type RoastSnapshot = Schemas["RoastSnapshot"];
/** The document of a request: what every one has, and more where it is for a roast. */
export type Snapshot = Schemas["Snapshot"] | RoastSnapshot;
export type Persona = Schemas["Persona"];
export type About = Schemas["About"];
export type Analyzer = Schemas["AnalyzerView"];
