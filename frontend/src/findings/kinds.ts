/** Findings by their kind. A roster may bring kinds that this page has never heard of: no table here has to name all. */
import type { Finding } from "../request/types";

type Named<F> = F extends { kind: infer K } ? (string extends K ? never : F) : never;

/** A finding that is in the server's schema; any other is an `UnknownFinding`, whose kind may be any word. */
export type KnownFinding = Named<Finding>;
export type Kind = KnownFinding["kind"];
export type Of<K extends Kind> = Extract<KnownFinding, { kind: K }>;

/** What is made of a finding, for those kinds for which there is more to say than its fields do. */
export type ByKind<T> = { readonly [K in Kind]?: (finding: Of<K>) => T };

/** Whether `finding` is of this kind. Of a known kind the server lets only well-formed ones through. */
export function isOf<K extends Kind>(finding: Finding | null | undefined, kind: K): finding is Of<K> {
  return finding?.kind === kind;
}

/** What `table` makes of `finding`; undefined when its kind is not in it. */
export function byKind<T>(table: ByKind<T>, finding: Finding): T | undefined {
  if (!Object.hasOwn(table, finding.kind)) return undefined; // a kind may be called "constructor"
  // Keyed by the kind that the finding has, which the compiler cannot follow through an index.
  return table[finding.kind as Kind]?.(finding as never);
}
