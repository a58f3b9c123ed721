/** Problem details (RFC 9457), as the server sends them and as the page makes them when no server answers. */

export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly hint: string;
  /** Stable: what the page decides by. */
  readonly code: string;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Seconds after which the server expects to be better (`Retry-After`), when it said. */
  readonly retryAfter?: number;
}

/** Thrown by everything in `api.ts`. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
  }
}

/** The problem in an error answer's body; a plain one when the body holds none (a proxy's error page, say). */
export function problemFrom(status: number, body: string, retryAfter: string | null = null): Problem {
  const said = parsed(body);
  const wait = Number.parseInt(retryAfter ?? "", 10);
  return {
    title: text(said.title) || "That did not work",
    detail: text(said.detail) || `The server answered ${status} without saying why.`,
    hint: text(said.hint) || (status >= 500 ? "Try again in a moment." : ""),
    code: text(said.code) || `http_${status}`,
    status,
    ...(wait > 0 ? { retryAfter: wait } : {}),
  };
}

/** No answer at all. */
export function unreachable(): Problem {
  return {
    title: "Nobody answers",
    detail: "Heckler could not be reached, or it hung up.",
    hint: "Check that it is still running and that you are still connected, then try again.",
    code: "unreachable",
    status: 0,
  };
}

/** What the server would say of a photo with more than `limit` bytes. */
export function tooLarge(limit: number): Problem {
  return {
    title: "The photo is too large",
    detail: `A photo may have ${Math.round(limit / 2 ** 20)} MiB.`,
    hint: "Send a smaller copy.",
    code: "too_large",
    status: 413,
  };
}

/** What went wrong, for an error of any origin. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return {
    ...unreachable(),
    detail: error instanceof Error ? error.message : String(error),
    code: "page_error",
  };
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
