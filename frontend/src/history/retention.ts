/** How long the server keeps what it was given, in words: the page promises what the server does. */
import type { About } from "../request/types";

const units = [
  { name: "day", one: "a day", seconds: 86_400 },
  { name: "hour", one: "an hour", seconds: 3_600 },
  { name: "minute", one: "a minute", seconds: 60 },
  { name: "second", one: "a second", seconds: 1 },
] as const;

/** "an hour", "90 minutes", "2 days": the largest unit that says it well; never less than the truth. */
export function span(seconds: number): string {
  for (const { name, one, seconds: unit } of units) {
    if (seconds === unit) return one;
    if (seconds >= 2 * unit) return `${Math.ceil(seconds / unit)} ${name}s`;
  }
  return seconds > 1 ? "2 seconds" : "a second";
}

/** What happens to a photo and to what was said about it; vague as long as the server has not answered. */
export function promise(about: About | null): string {
  if (about === null)
    return "Photos, and what was noticed and said about them, stay on this server for a while only.";
  const [photo, rest] = [span(about.photo_ttl_s), span(about.event_ttl_s)];
  if (photo === rest)
    return `Photos, and what was noticed and said about them, stay on this server for ${photo}.`;
  return `Photos stay on this server for ${photo}, what was noticed and said about them for ${rest}.`;
}
