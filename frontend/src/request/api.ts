/** The gateway's routes. Every function throws ProblemError. */

import type { CardSize } from "../share/share";
import { ProblemError, problemFrom, unreachable } from "./problem";
import type { Heard } from "./reducer";
import { heardIn } from "./sse";
import type { About, Analyzer, Persona, Snapshot, Style } from "./types";

/** What the visitor asks for. */
export type Options = Pick<Style, "persona" | "heat" | "length" | "language">;

const roasts = "/api/roasts";
const requests = "/api/requests";

export const links = {
  photo: (id: string) => `${requests}/${id}/photo`,
  events: (id: string, after: number) => `${requests}/${id}/events${after > 0 ? `?after=${after}` : ""}`,
  document: (id: string) => `${requests}/${id}`,
  card: (id: string, size: CardSize) => `${roasts}/${id}/card.png?size=${size}`,
};

/** Uploads `photo`, reporting the share sent (0..1); resolves to the new request's id. `signal` breaks it off; what was
 * sent whole by then is erased as soon as the server has given it a name. */
export function createRoast(
  photo: File,
  options: Options,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) form.append(name, value);
  form.append("photo", photo, photo.name || "pasted");
  // XMLHttpRequest, because fetch does not tell how much of a body has been sent.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    let sent = false;
    request.upload.onload = () => {
      sent = true;
    };
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status !== 202) return reject(new ProblemError(refusalIn(request)));
      const id = idIn(request.responseText);
      if (signal.aborted) deleteRoast(id).catch(() => {}); // it will expire by itself
      resolve(id);
    };
    request.onerror = () => reject(new ProblemError(cutOff(photo)));
    signal.addEventListener("abort", () => {
      reject(new DOMException("The upload was stopped.", "AbortError"));
      if (!sent) request.abort();
    });
    request.open("POST", roasts);
    request.send(form);
  });
}

function refusalIn(request: XMLHttpRequest) {
  return problemFrom(request.status, request.responseText, request.getResponseHeader("Retry-After"));
}

/** A server that refuses a long upload hangs up while the browser still sends, and its answer is lost. */
function cutOff(photo: File) {
  const problem = unreachable();
  const megabytes = Math.round(photo.size / 1e6);
  if (megabytes < 20) return problem;
  return { ...problem, hint: `The photo has ${megabytes} MB, which may be too large: try a smaller one.` };
}

/** The state so far. */
export async function readRoast(id: string): Promise<Snapshot> {
  return (await ask(links.document(id))).json() as Promise<Snapshot>;
}

/** The stored events of an ended request, all at once. */
export async function readEvents(id: string): Promise<Heard[]> {
  return heardIn(await (await ask(links.events(id, 0))).text());
}

/** The roast's card, as a PNG. */
export async function readCard(id: string, size: CardSize, signal: AbortSignal): Promise<Blob> {
  return (await ask(links.card(id, size), { signal })).blob();
}

/** The same photo once more, in another style, without an upload; resolves to the new request's id. */
export async function encore(id: string, options: Options): Promise<string> {
  const body = JSON.stringify(options);
  const headers = { "Content-Type": "application/json" };
  return idIn(await (await ask(`${requests}/${id}/encore`, { method: "POST", body, headers })).text());
}

export async function cancelRoast(id: string): Promise<void> {
  await ask(`${requests}/${id}/cancel`, { method: "POST" });
}

/** Erases the photo, the events and the findings. */
export async function deleteRoast(id: string): Promise<void> {
  await ask(`${requests}/${id}`, { method: "DELETE" });
}

/** Whether the server still knows request `id`; answered without its document, which is long. */
export async function isKnown(id: string): Promise<boolean> {
  const stop = new AbortController();
  try {
    // After the last event that there can be: 204 for one that has ended, a stream to be left for one that has not.
    await ask(links.events(id, Number.MAX_SAFE_INTEGER), { signal: stop.signal });
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 404) return false;
    throw error;
  } finally {
    stop.abort();
  }
}

export async function readAbout(): Promise<About> {
  return (await ask("/api/about")).json() as Promise<About>;
}

export async function readPersonas(): Promise<Persona[]> {
  return (await ask("/api/personas")).json() as Promise<Persona[]>;
}

export async function readAnalyzers(): Promise<Analyzer[]> {
  return (await ask("/api/analyzers")).json() as Promise<Analyzer[]>;
}

async function ask(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch(() => {
    throw new ProblemError(unreachable());
  });
  if (!response.ok) {
    const wait = response.headers.get("Retry-After");
    throw new ProblemError(problemFrom(response.status, await response.text(), wait));
  }
  return response;
}

function idIn(body: string): string {
  return (JSON.parse(body) as { id: string }).id;
}
