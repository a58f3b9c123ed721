/** What several analyzers found of the same face, or the same person, brought together. Pure. */
import type { Feature } from "../request/types";
import { isOf, type Kind, type Of } from "./kinds";

type Features = Readonly<Record<string, Feature>>;

/** The finding of this kind; null when no analyzer reported one. */
export function findingOf<K extends Kind>(features: Features, kind: K): Of<K> | null {
  for (const { finding } of Object.values(features)) if (isOf(finding, kind)) return finding;
  return null;
}

/** What there is to know about faces. */
export interface FaceFiles {
  readonly faces: Of<"faces"> | null;
  readonly mesh: Of<"mesh"> | null;
  readonly emotions: Of<"emotions"> | null;
  readonly age: Of<"age"> | null;
  readonly gender: Of<"gender"> | null;
  readonly ethnicity: Of<"ethnicity"> | null;
  readonly skin: Of<"skin_tone"> | null;
  readonly rating: Of<"attractiveness"> | null;
}

/** One face; what was not looked at, or could not be told, is null. */
export interface FaceFile {
  readonly number: number;
  readonly seen: Of<"faces">["faces"][number];
  readonly mesh: Of<"mesh">["faces"][number] | null;
  readonly emotion: Of<"emotions">["faces"][number] | null;
  readonly age: Of<"age">["faces"][number] | null;
  readonly gender: Of<"gender">["faces"][number] | null;
  readonly ethnicity: Of<"ethnicity">["faces"][number] | null;
  readonly skin: Of<"skin_tone">["faces"][number] | null;
  readonly rating: Of<"attractiveness">["faces"][number] | null;
}

export function faceFilesOf(features: Features): FaceFiles {
  return {
    faces: findingOf(features, "faces"),
    mesh: findingOf(features, "mesh"),
    emotions: findingOf(features, "emotions"),
    age: findingOf(features, "age"),
    gender: findingOf(features, "gender"),
    ethnicity: findingOf(features, "ethnicity"),
    skin: findingOf(features, "skin_tone"),
    rating: findingOf(features, "attractiveness"),
  };
}

/** The faces in the order of `faces`, each with what refers to it. */
export function facesIn(files: FaceFiles): FaceFile[] {
  return (files.faces?.faces ?? []).map((seen, number) => ({
    number,
    seen,
    mesh: ofFace(files.mesh, number),
    emotion: ofFace(files.emotions, number),
    age: ofFace(files.age, number),
    gender: ofFace(files.gender, number),
    ethnicity: ofFace(files.ethnicity, number),
    skin: ofFace(files.skin, number),
    rating: ofFace(files.rating, number),
  }));
}

function ofFace<T extends { face: number }>(
  finding: { readonly faces?: readonly T[] } | null,
  number: number,
): T | null {
  return finding?.faces?.find(({ face }) => face === number) ?? null;
}

export interface PersonFile {
  /** Index in `pose.people`; null for what belongs to no known person. */
  readonly number: number | null;
  readonly pose: Of<"pose">["people"][number] | null;
  readonly hands: readonly Of<"gestures">["hands"][number][];
  readonly outfit: Of<"fashion">["outfits"][number] | null;
  readonly garments: readonly Of<"fashion">["garments"][number][];
  readonly body: Of<"body_type">["people"][number] | null;
}

/** The persons in the order of `pose`; last, if there are any, the hands and garments that belong to none of them. */
export function personsIn(features: Features): PersonFile[] {
  const people = findingOf(features, "pose")?.people ?? [];
  const hands = findingOf(features, "gestures")?.hands ?? [];
  const { outfits = [], garments = [] } = findingOf(features, "fashion") ?? {};
  const bodies = findingOf(features, "body_type")?.people ?? [];
  const known = (person: number | null | undefined) =>
    typeof person === "number" && person >= 0 && person < people.length ? person : null;
  const file = (number: number | null): PersonFile => ({
    number,
    pose: number === null ? null : (people[number] ?? null),
    hands: hands.filter(({ person }) => known(person) === number),
    outfit: outfits.find(({ person }) => known(person) === number) ?? null,
    garments: garments.filter(({ person }) => known(person) === number),
    body: bodies.find(({ person }) => known(person) === number) ?? null,
  });
  const unknown = file(null);
  const stray = unknown.hands.length + unknown.garments.length > 0 || unknown.outfit || unknown.body;
  return [...people.map((_, n) => file(n)), ...(stray ? [unknown] : [])];
}
