import { angleWords, buildRows, share } from "../../findings/anatomy";
import { type PersonFile, personsIn } from "../../findings/perFace";
import { capital, listed, words } from "../../findings/words";
import type { Feature } from "../../request/types";
import { Chips, Crop, Dial, Discreet, Meter, Palette, Rows, type Source } from "./Parts";

interface PersonCardsProps {
  features: Readonly<Record<string, Feature>>;
  source: Source | null;
}

/** The persons side by side: how they stand, what their hands do, what they wear. */
export function PersonCards({ features, source }: PersonCardsProps) {
  const persons = personsIn(features);
  if (persons.length === 0) return <p className="none">Nobody’s body could be made out.</p>;
  return (
    <ul className="cards-row">
      {persons.map((person) => (
        <PersonCard key={person.number ?? "nobody"} person={person} source={source} />
      ))}
    </ul>
  );
}

function PersonCard({ person, source }: { person: PersonFile; source: Source | null }) {
  const { number, pose, hands, outfit, garments, body } = person;
  return (
    <li className="finding-card" data-person={number ?? "nobody"}>
      <header>
        {pose && (
          <Crop
            source={source}
            box={pose.box}
            label={`Person ${(number ?? 0) + 1}, cut out of the photo`}
            aspect={0.7}
          />
        )}
        <div>
          <h4>{number === null ? "Nobody in particular" : `Person ${number + 1}`}</h4>
          {pose ? (
            <p>
              faces {facing(pose.facing)}
              {pose.visible.length > 0 && `; to be seen: ${listed(pose.visible.map(words))}`}
            </p>
          ) : (
            <p>Hands and clothes that could be given to none of the people above.</p>
          )}
        </div>
      </header>
      <div className="pages">
        {pose && <Stance pose={pose} />}
        {hands.length > 0 && <Hands hands={hands} />}
        {(outfit || garments.length > 0) && <Outfit outfit={outfit} garments={garments} />}
        {body && <Build body={body} />}
      </div>
    </li>
  );
}

function facing(side: string): string {
  if (side === "camera") return "the camera";
  return side === "away" ? "away from it" : `the ${side} edge`;
}

function Stance({ pose }: { pose: NonNullable<PersonFile["pose"]> }) {
  const { postures = [], lean } = pose;
  return (
    <section>
      <h5>Pose</h5>
      <Chips items={postures} />
      {typeof lean === "number" && (
        <dl className="dials">
          <Dial
            label="Leaning"
            degrees={lean}
            text={angleWords(lean, "% clockwise", "% anticlockwise", "upright")}
          />
        </dl>
      )}
    </section>
  );
}

function Hands({ hands }: { hands: PersonFile["hands"] }) {
  return (
    <section>
      <h5>Hands</h5>
      <dl>
        {hands.map(({ side, gesture, score }, n) => (
          <Meter
            // biome-ignore lint/suspicious/noArrayIndexKey: the order is the finding's own
            key={n}
            label={`${side}: ${gesture ? words(gesture) : "no gesture"}`}
            value={score}
            text={share(score)}
          />
        ))}
      </dl>
    </section>
  );
}

function Outfit({ outfit, garments }: { outfit: PersonFile["outfit"]; garments: PersonFile["garments"] }) {
  return (
    <section>
      <h5>Outfit</h5>
      <Chips
        items={[
          outfit?.formality,
          outfit?.harmony && harmonies[outfit.harmony],
          ...garments.map(({ label, score }) => `${label} ${share(score)}`),
        ]}
      />
      {outfit?.cloths.map(({ region, pattern, colors }) => (
        <div key={region} className="cloth">
          <h6>
            {capital(region)}, {pattern}
          </h6>
          <Palette colors={colors} />
        </div>
      ))}
    </section>
  );
}

const harmonies: Readonly<Record<string, string>> = {
  match: "colours match",
  neutral: "colours neither match nor clash",
  clash: "colours clash",
};

function Build({ body: { label, score, ratios, method } }: { body: NonNullable<PersonFile["body"]> }) {
  return (
    <Discreet>
      <dl>
        <Meter
          label={label ? `build: ${words(label)}` : "build: undecided"}
          value={score}
          text={share(score)}
          note={method === "rules" ? "by rules" : "by a network"}
        />
      </dl>
      <Rows rows={buildRows(ratios)} />
    </Discreet>
  );
}
