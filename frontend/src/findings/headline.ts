/** What an analyzer found, in a few words: a teller for a kind of finding, or else the finding's own fields. */
import type { Finding } from "../request/types";
import { type ByKind, byKind, type Of } from "./kinds";
import { listed, readable, rounded, singular, words } from "./words";

const tellers: ByKind<string> = {
  facts: (facts) =>
    some([facts.maker, facts.camera, facts.time_of_day, facts.screenshot && "screenshot"], facts.format),
  faces: ({ faces }) => counted(faces.length, "face"),
  explicit: ({ explicit }) => (explicit ? "explicit" : "decent"),
  text: ({ lines }) => (lines[0] ? `“${lines[0].text.slice(0, 28)}”` : "no text"),
  quality: (quality) =>
    some([quality.blur, quality.noisy && "noisy", quality.blocky && "blocky", ...quality.filters], "clean"),
  lighting: (light) =>
    some([`${light.exposure} exposure`, light.backlit && "backlit", light.flat && "flat"], ""),
  colors: ({ palette }) => listed(palette.slice(0, 3).map((color) => color.name)),
  composition: (composition) =>
    some([composition.orientation, composition.tilted && "tilted", composition.too_empty && "empty"], ""),
  objects: ({ objects }) => tally(objects.map(({ label }) => label)) || "nothing that it knows",
  mesh: ({ faces }) => each(faces, (face) => face.expressions.join(", ")) || "no face near enough",
  emotions: ({ faces }) => each(faces, ({ label, score }) => `${label} ${percent(score)}`) || "no feelings",
  age: ({ faces }) =>
    each(faces, ({ low, high }) => `${Math.round(low)} to ${Math.round(high)}`) || "no estimate",
  // What people were born with is for those who open the details; the line above says only that it was looked at.
  gender: ({ faces }) => discreet(faces.length),
  ethnicity: ({ faces }) => discreet(faces.length),
  skin_tone: ({ faces }) => discreet(faces.length),
  attractiveness: ({ faces }) => discreet(faces.length),
  pose: ({ people }) =>
    each(people, ({ postures, facing }) => some([...postures], `facing ${facing}`)) || "nobody",
  gestures: ({ hands }) =>
    tally(hands.flatMap(({ gesture }) => (gesture ? [gesture] : []))) ||
    (hands.length ? `${counted(hands.length, "hand")}, no gesture` : "no hands"),
  body_type: ({ people }) =>
    each(people, ({ label }) => label ?? "undecided") || "nobody in full view of the camera",
  fashion: ({ outfits, garments }) =>
    each(outfits, outfitOf) || tally(garments.map(({ label }) => label)) || "no outfit in view",
  scene: ({ places, indoor }) =>
    places[0]
      ? `${placeOf(places[0].label)} ${percent(places[0].score)}, ${indoor >= 0.5 ? "indoors" : "outdoors"}`
      : "no idea",
  background: ({ blur, clutter, distractions, person_share }) =>
    person_share === 0
      ? "nobody in front of it"
      : some(
          [
            `${blur}, people on ${percent(person_share)}`,
            clutter > 0.3 && "cluttered",
            distractions.length > 0 && counted(distractions.length, "distraction"),
          ],
          "",
        ),
  aesthetics: ({ mean, spread }) => `${mean.toFixed(1)} of 10, give or take ${rounded(spread)}`,
};

/** A few words on `finding`; empty when there is no saying. */
export function headline(finding: Finding): string {
  return words(byKind(tellers, finding) ?? fields(finding));
}

/** How many fields of a finding that has no teller are told, and how long a text among them may be. */
const FIELDS = 3;
const LONGEST = 28;

/** "mood grim, daring, 2 rings" for what has a mood, is daring, and has two rings: as far as a few words go. */
function fields(finding: Finding): string {
  const told = Object.entries(finding).flatMap(([name, value]: [string, unknown]) => {
    if (name === "kind" || value === null || value === false) return [];
    if (value === true) return [words(name)];
    if (Array.isArray(value)) return [counted(value.length, singular(words(name)))];
    if (typeof value === "object") return [];
    return [`${words(name)} ${readable(name, value).slice(0, LONGEST)}`];
  });
  return told.slice(0, FIELDS).join(", ");
}

function some(parts: ReadonlyArray<string | false | null | undefined>, otherwise: string): string {
  return parts.filter(Boolean).join(", ") || otherwise;
}

function counted(n: number, thing: string): string {
  return n === 0 ? `no ${thing}s` : `${n} ${thing}${n === 1 ? "" : "s"}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The first three in turn, and how many more there are. */
function each<T>(items: readonly T[], tell: (item: T) => string): string {
  const told = items.slice(0, 3).map(tell).join("; ");
  return items.length > 3 ? `${told}; ${items.length - 3} more` : told;
}

/** "2 persons, tie" for person, tie, person: the first four kinds, in the order of their first. */
function tally(labels: readonly string[]): string {
  const kinds = [...new Set(labels)];
  const told = kinds.slice(0, 4).map((kind) => {
    const n = labels.filter((label) => label === kind).length;
    return n === 1 ? kind : `${n} × ${kind}`;
  });
  return [...told, ...(kinds.length > 4 ? [`${kinds.length - 4} more`] : [])].join(", ");
}

function discreet(faces: number): string {
  return faces === 0 ? "no estimate" : `estimated for ${counted(faces, "face")}, never joked about`;
}

/** "gymnasium (indoor)" for gymnasium/indoor. */
function placeOf(label: string): string {
  const [place = "", kind] = label.split("/");
  return kind ? `${place} (${kind})` : place;
}

type Outfit = Of<"fashion">["outfits"][number];

/** "striped blue over black, formal". */
function outfitOf({ cloths, formality }: Outfit): string {
  const worn = cloths.map(({ pattern, colors }) =>
    [pattern !== "plain" && pattern, colors[0]?.name].filter(Boolean).join(" "),
  );
  return some([worn.filter(Boolean).join(" over "), formality], "an outfit");
}
