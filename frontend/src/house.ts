/** The house and who is in tonight: its rules, the personas that can write, the analyzers that can look. */
import { useEffect, useState } from "react";
import { readAbout, readAnalyzers, readPersonas } from "./api";
import type { About, Analyzer, Persona } from "./types";

export interface House {
  /** How long what is kept, and what may be sent. Null until known. */
  readonly about: About | null;
  readonly personas: readonly Persona[];
  /** Null until known. */
  readonly analyzers: readonly Analyzer[] | null;
}

const nobody: House = { about: null, personas: [], analyzers: null };

/** Asked once. Without an answer the page still works: the server's own defaults hold. */
export function useHouse(): House {
  const [house, setHouse] = useState(nobody);
  useEffect(() => {
    readAbout().then(
      (about) => setHouse((before) => ({ ...before, about })),
      () => {},
    );
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
