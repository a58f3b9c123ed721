import type { ReactNode } from "react";
import { capital, words } from "../../findings/words";
import { plainly } from "../../request/reasons";
import type { Feature, Finding } from "../../request/types";
import { Aesthetics, Colors, Composition, Lighting, Quality } from "./Craft";
import { Plain } from "./Plain";
import { Background, Explicit, Facts, Objects, ScenePlace, TextLines } from "./Things";

/** One analyzer's finding on its own. */
export function Report({ feature, source }: { feature: Feature; source: string }) {
  const { finding, analyzer, status, reason } = feature;
  return (
    <section className="report" data-report={analyzer}>
      <h4>{capital(words(analyzer))}</h4>
      {finding ? (
        body(finding)
      ) : (
        <p className="none">
          {capital(status)}: {plainly(reason)}
        </p>
      )}
      <p className="source">{source}</p>
    </section>
  );
}

function body(finding: Finding): ReactNode {
  switch (finding.kind) {
    case "objects":
      return <Objects finding={finding} />;
    case "scene":
      return <ScenePlace finding={finding} />;
    case "background":
      return <Background finding={finding} />;
    case "text":
      return <TextLines finding={finding} />;
    case "explicit":
      return <Explicit finding={finding} />;
    case "composition":
      return <Composition finding={finding} />;
    case "lighting":
      return <Lighting finding={finding} />;
    case "colors":
      return <Colors finding={finding} />;
    case "quality":
      return <Quality finding={finding} />;
    case "aesthetics":
      return <Aesthetics finding={finding} />;
    case "facts":
      return <Facts finding={finding} />;
    default:
      return <Plain finding={finding} />;
  }
}
