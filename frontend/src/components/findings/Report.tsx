import type { ReactNode } from "react";
import { type ByKind, byKind } from "../../findings/kinds";
import { capital, words } from "../../findings/words";
import { plainly } from "../../request/reasons";
import type { Feature } from "../../request/types";
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
        (byKind(bodies, finding) ?? <Plain finding={finding} />)
      ) : (
        <p className="none">
          {capital(status)}: {plainly(reason)}
        </p>
      )}
      <p className="source">{source}</p>
    </section>
  );
}

const bodies: ByKind<ReactNode> = {
  objects: (finding) => <Objects finding={finding} />,
  scene: (finding) => <ScenePlace finding={finding} />,
  background: (finding) => <Background finding={finding} />,
  text: (finding) => <TextLines finding={finding} />,
  explicit: (finding) => <Explicit finding={finding} />,
  composition: (finding) => <Composition finding={finding} />,
  lighting: (finding) => <Lighting finding={finding} />,
  colors: (finding) => <Colors finding={finding} />,
  quality: (finding) => <Quality finding={finding} />,
  aesthetics: (finding) => <Aesthetics finding={finding} />,
  facts: (finding) => <Facts finding={finding} />,
};
