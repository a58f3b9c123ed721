/** Why somebody has nothing to say, in words for people: the record's are exact, and speak of statuses. Pure. */
import { listed, words } from "../findings/words";

/** The server's sentence about an analyzer that could not look for want of another's finding. */
const wanting = /^needs (\w+), which \w+: (.*)$/s;

/** `reason` as a person would say it: what happened first, and whom it left without anything to go by. */
export function plainly(reason: string | null | undefined): string {
  const [, need, cause = ""] = wanting.exec(reason ?? "") ?? [];
  if (need === undefined) return reason ?? "no reason given";
  return `${root(cause)}, so nothing from ${words(need)} to go by`;
}

/** The first link of a chain of wants. */
function root(reason: string): string {
  const cause = wanting.exec(reason)?.[2];
  return cause === undefined ? reason : root(cause);
}

/** Who is missing, those with the same reason together: "age and mesh (still busy), and text (no letters)". */
export function absences(missing: Readonly<Record<string, string>>): string {
  const groups = new Map<string, string[]>();
  for (const [name, reason] of Object.entries(missing)) {
    const said = plainly(reason);
    groups.set(said, [...(groups.get(said) ?? []), words(name)]);
  }
  const told = [...groups].map(([reason, names]) => `${listed(names)} (${reason})`);
  return told.length < 2 ? told.join("") : `${told.slice(0, -1).join(", ")}, and ${told.at(-1)}`;
}
