/** Who is in tonight: the personas that can write, and the analyzers that can look. */
import { useEffect, useState } from "react";
import { readAnalyzers, readPersonas } from "./api";
import type { Analyzer, Persona } from "./types";

export interface House {
  readonly personas: readonly Persona[];
  /** Null until known. */
  readonly analyzers: readonly Analyzer[] | null;
}

const nobody: House = { personas: [], analyzers: null };

/** Asked once. Without an answer the page still works: the server's own defaults hold. */
export function useHouse(): House {
  const [house, setHouse] = useState(nobody);
  useEffect(() => {
    readPersonas().then(
      (personas) => setHouse((before) => ({ ...before, personas })),
      () => {},
    );
    readAnalyzers().then(
      (analyzers) => setHouse((before) => ({ ...before, analyzers })),
      () => {},
    );
  }, []);
  return house;
}

/** What people call persona `name`. */
export function titleOf(house: House, name: string): string {
  return house.personas.find((persona) => persona.name === name)?.title ?? name;
}
