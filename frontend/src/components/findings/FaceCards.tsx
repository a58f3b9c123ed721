import { useState } from "react";
import { angleWords, type Row, ranked, shapeName, share, structureRows } from "../../findings/anatomy";
import { type FaceFile, type FaceFiles, facesIn } from "../../findings/perFace";
import { hexOfLab, monkTones } from "../../findings/skin";
import { capital, rounded, words } from "../../findings/words";
import { Chips, Crop, Dial, Discreet, Meter, Rows, type Source } from "./Parts";

/** As many as are compared at a glance; more are a click away. */
const SHOWN = 6;

/** The faces side by side, each with everything that was noticed of it. */
export function FaceCards({ files, source }: { files: FaceFiles; source: Source | null }) {
  const [all, setAll] = useState(false);
  const faces = facesIn(files);
  const shown = all ? faces : faces.slice(0, SHOWN);
  if (faces.length === 0) return <p className="none">No face was found.</p>;
  return (
    <>
      <ul className="cards-row">
        {shown.map((face) => (
          <FaceCard key={face.number} face={face} source={source} />
        ))}
      </ul>
      {faces.length > shown.length && (
        <button type="button" className="quiet" onClick={() => setAll(true)}>
          Show all {faces.length} faces
        </button>
      )}
    </>
  );
}

function FaceCard({ face, source }: { face: FaceFile; source: Source | null }) {
  const { number, seen, mesh, emotion, age } = face;
  return (
    <li className="finding-card" data-face={number}>
      <header>
        <Crop source={source} box={seen.box} label={`Face ${number + 1}, cut out of the photo`} />
        <div>
          <h4>Face {number + 1}</h4>
          <p>
            {Math.round(seen.box.w)} × {Math.round(seen.box.h)} px, {share(seen.size)} of the photo
          </p>
          <p>certainly a face: {share(seen.score)}</p>
        </div>
      </header>
      <div className="pages">
        {seen.cut_off && seen.cut_off.length > 0 && <Chips items={[`cut off: ${seen.cut_off.join(", ")}`]} />}
        {mesh && <Expression mesh={mesh} />}
        {emotion && (
          <section>
            <h5>Seems to feel</h5>
            <dl>
              {ranked(emotion.scores).map(([name, score]) => (
                <Meter key={name} label={name} value={score} text={share(score)} />
              ))}
            </dl>
          </section>
        )}
        {mesh && <Head pose={mesh.pose} />}
        {mesh && (
          <section>
            <h5>Measures</h5>
            <Rows rows={[...structureRows(mesh.structure), sharpness(seen.sharpness)]} />
          </section>
        )}
        {age && <Age {...age} />}
        <Born face={face} />
      </div>
    </li>
  );
}

function sharpness(value: number): Row {
  return ["Sharpness", `${rounded(value)}, variance of the Laplacian`];
}

function Expression({ mesh }: { mesh: NonNullable<FaceFile["mesh"]> }) {
  const [all, setAll] = useState(false);
  const shapes = ranked(mesh.blendshapes).filter(([name]) => name !== "_neutral");
  return (
    <section>
      <h5>Expression</h5>
      <Chips items={mesh.expressions} />
      <dl>
        {shapes.slice(0, all ? undefined : 5).map(([name, score]) => (
          <Meter key={name} label={shapeName(name)} value={score} text={share(score)} />
        ))}
      </dl>
      <button type="button" className="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
        {all ? "Only the most marked" : `All ${shapes.length} movements`}
      </button>
    </section>
  );
}

function Head({ pose: { yaw, pitch, roll } }: { pose: NonNullable<FaceFile["mesh"]>["pose"] }) {
  return (
    <section>
      <h5>Head</h5>
      <dl className="dials">
        <Dial
          label="Turned"
          degrees={yaw}
          text={angleWords(yaw, "% to the right edge", "% to the left edge", "to the camera")}
        />
        <Dial label="Nodding" degrees={-pitch} text={angleWords(pitch, "% up", "% down", "level")} />
        <Dial
          label="Leaning"
          degrees={roll}
          text={angleWords(roll, "% clockwise", "% anticlockwise", "upright")}
        />
      </dl>
    </section>
  );
}

function Age({ age, low, high }: NonNullable<FaceFile["age"]>) {
  return (
    <section>
      <h5>Looks</h5>
      <p>
        About {Math.round(age)} years old; in four cases of five between {Math.round(low)} and{" "}
        {Math.round(high)}
      </p>
      <div className="interval" aria-hidden="true">
        <span style={{ insetInlineStart: `${low}%`, inlineSize: `${Math.min(100, high) - low}%` }} />
        <i style={{ insetInlineStart: `${Math.min(100, age)}%` }} />
      </div>
      <p className="scale" aria-hidden="true">
        <span>0</span>
        <span>50</span>
        <span>100 years</span>
      </p>
    </section>
  );
}

/** What a person was born with. */
function Born({ face: { gender, ethnicity, skin, rating } }: { face: FaceFile }) {
  if (!gender && !ethnicity && !skin && !rating) return null;
  return (
    <Discreet>
      <dl>
        {gender && (
          <Meter label={`taken for a ${gender.label}`} value={gender.score} text={share(gender.score)} />
        )}
        {ethnicity &&
          ranked(ethnicity.scores)
            .slice(0, 3)
            .map(([name, score]) => (
              <Meter key={name} label={capital(words(name))} value={score} text={share(score)} />
            ))}
        {rating && (
          <Meter
            label="raters’ votes"
            value={(rating.score - 1) / 4}
            text={rounded(rating.score)}
            note="on their scale of 1 to 5"
          />
        )}
      </dl>
      {skin && <SkinTone {...skin} />}
    </Discreet>
  );
}

function SkinTone({ lab, ita, ita_uncertainty, monk, monk_range, corrected }: NonNullable<FaceFile["skin"]>) {
  const [from, to] = monk_range;
  return (
    <section className="skin">
      <h5>Skin tone</h5>
      <ol className="tones" aria-hidden="true">
        {monkTones.map((hex, n) => (
          <li
            key={hex}
            style={{ background: hex }}
            className={n + 1 === monk ? "nearest" : n + 1 >= from && n + 1 <= to ? "near" : "far"}
          />
        ))}
      </ol>
      <p>
        <span className="swatch" style={{ background: hexOfLab(lab) }} aria-hidden="true" />
        Monk tone {monk} of 10{from < to ? `, perhaps ${from} to ${to}` : ""}; angle {Math.round(ita)}° ±{" "}
        {Math.round(ita_uncertainty)}°{corrected ? ", the photo’s colour cast taken out" : ""}
      </p>
    </section>
  );
}
