/** The languages that a roast can be asked for in: those that the writers know by name (`llm/prompting/prompt.py`). */

export const tags =
  "en ar bg bn ca cs da de el es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv sw th tr uk vi zh".split(
    " ",
  );

/** Tag and name of each, as its speakers write it: English first, the others by their names. */
export function languages(): readonly (readonly [tag: string, name: string])[] {
  const named = tags.slice(1).map((tag) => [tag, nameOf(tag)] as const);
  return [["en", "English"], ...named.sort(([, a], [, b]) => a.localeCompare(b))];
}

/** What its speakers call the language `tag`; the tag itself where the browser does not know. */
function nameOf(tag: string): string {
  const name = new Intl.DisplayNames([tag], { type: "language", fallback: "code" }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}

/** What to expect of a roast in `tag`; nothing to say of English. */
export function caveat(tag: string): string {
  return tag === "en"
    ? ""
    : "Only a language model speaks it, as well as it can. The house writer stays with English.";
}
