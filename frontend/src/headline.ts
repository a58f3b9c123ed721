/** What an analyzer found, in a few words. A finding without an entry here is still shown whole in the details. */
import type { Finding } from "./types";
import { listed, words } from "./words";

type Teller<K extends Finding["kind"]> = (finding: Extract<Finding, { kind: K }>) => string;

const tellers: { readonly [K in Finding["kind"]]?: Teller<K> } = {
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
};

/** A few words on `finding`; empty when there is no saying. */
export function headline(finding: Finding): string {
  // The table is keyed by the kind that the finding has, which the compiler cannot follow through an index.
  const teller = tellers[finding.kind] as Teller<Finding["kind"]> | undefined;
  return teller ? words(teller(finding as never)) : "";
}

function some(parts: ReadonlyArray<string | false | null | undefined>, otherwise: string): string {
  return parts.filter(Boolean).join(", ") || otherwise;
}

function counted(n: number, thing: string): string {
  return n === 0 ? `no ${thing}s` : `${n} ${thing}${n === 1 ? "" : "s"}`;
}
