/** The house and who is in tonight: its rules, the personas that can write, the analyzers that can look. */
import { useEffect, useState } from "react";
import { readAbout, readAnalyzers, readPersonas } from "./api";
import type { About, Analyzer, Persona } from "./types";

export interface ServerInfo {
  /** How long what is kept, and what may be sent. Null until known. */
  readonly about: About | null;
  readonly personas: readonly Persona[];
  /** Null until known. */
  readonly analyzers: readonly Analyzer[] | null;
  /** Whether the gateway answered when it was asked last. */
  readonly answers: boolean;
}

const unknown: ServerInfo = { about: null, personas: [], analyzers: null, answers: true };

/** How soon to ask again a gateway that gave no answer: it may be about to start. */
const RETRY_MS = 5_000;

/** How soon to ask again who is in, in ms: soon while somebody's weights are coming, seldom when that failed. */
export function askAgainIn(analyzers: readonly Analyzer[]): number | null {
  const states = analyzers.flatMap(({ arrival }) => arrival?.state ?? []);
  if (states.some((state) => state !== "failed")) return 2_000;
  return states.length > 0 ? 30_000 : null;
}

/** Asked once, and again for as long as nobody answers or somebody's weights are coming. Without an answer the page
 * still works: the server's own defaults hold. */
export function useServerInfo(): ServerInfo {
  const [serverInfo, setServerInfo] = useState(unknown);
  useEffect(() => {
    let timer: number | undefined;
    let left = false;
    let complete = false;
    const ask = async () => {
      const found = complete ? { analyzers: await readAnalyzers() } : await readAll();
      complete = true;
      setServerInfo((before) => ({ ...before, ...found, answers: true }));
      return askAgainIn(found.analyzers);
    };
    const fail = () => {
      setServerInfo((before) => ({ ...before, answers: false }));
      return RETRY_MS;
    };
    const keepAsking = () =>
      ask()
        .catch(fail)
        .then((pause) => {
          if (pause !== null && !left) timer = window.setTimeout(keepAsking, pause);
        });
    keepAsking();
    return () => {
      left = true;
      window.clearTimeout(timer);
    };
  }, []);
  return serverInfo;
}

async function readAll() {
  const [about, personas, analyzers] = await Promise.all([readAbout(), readPersonas(), readAnalyzers()]);
  return { about, personas, analyzers };
}

/** What people call persona `name`. */
export function titleOf(serverInfo: ServerInfo, name: string): string {
  return serverInfo.personas.find((persona) => persona.name === name)?.title ?? name;
}
