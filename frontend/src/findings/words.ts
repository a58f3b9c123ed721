/** From the names and values of findings to what a person reads. Works for findings that do not exist yet. */

/** Fields in 0..1 that people know as a share of a hundred. */
const shares = new Set(
  (
    "score share size brightness contrast clipped_shadows clipped_highlights saturation thirds centered " +
    "empty_space symmetry headroom indoor person_share clutter votes"
  ).split(" "),
);

const units: Readonly<Record<string, string>> = {
  tilt: "°",
  yaw: "°",
  pitch: "°",
  roll: "°",
  lean: "°",
  ita: "°",
  taken_hour: " o’clock",
  megapixels: " MP",
  original_width: " px",
  original_height: " px",
};

/** Years and hours are names of moments: no thousands separator, no decimals. */
const plain = new Set(["taken_year", "taken_hour", "jpeg_quality"]);

/** Names that are clearer in other words. */
const spelled: Readonly<Record<string, string>> = {
  colors: "colours",
  colorfulness: "colourfulness",
  centered: "centred",
  center: "centre",
  ita: "typology angle",
  ita_uncertainty: "uncertainty of the angle",
};

/** Where things are is drawn on the photo: as numbers it would bury everything else. */
const drawn = new Set("box quad points polygon outline landmarks center".split(" "));

/** Named values of one thing that fit on its line; of more, the largest are named. */
const FITTING = 12;
const LARGEST = 5;

/** "clipped highlights" for clipped_highlights. */
export function words(name: string): string {
  return spelled[name] ?? name.replaceAll("_", " ");
}

/** The first letter large. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "face" for faces; names that are no plural stay as they are. */
export function singular(name: string): string {
  if (name === "palette") return "colour";
  if (name.endsWith("people")) return name.replace(/people$/, "person");
  return name.length > 3 && name.endsWith("s") && !name.endsWith("ss") ? name.slice(0, -1) : name;
}

/** `value` of field `name` on one line. */
export function readable(name: string, value: unknown): string {
  if (value === null || value === undefined) return "unknown";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return measured(name, value);
  if (typeof value === "string") return words(value);
  if (Array.isArray(value)) return several(name, value);
  return whole(value as Record<string, unknown>);
}

function measured(name: string, value: number): string {
  // Positions are counted from 0 in data, and from 1 by people.
  if (name === "face" || name === "person" || name === "object") return `${value + 1}`;
  if (plain.has(name)) return `${value}${units[name] ?? ""}`;
  if (shares.has(name)) return `${Math.round(value * 100)} %`;
  return `${rounded(value)}${units[name] ?? ""}`;
}

/** Three significant digits are enough for a joke. */
export function rounded(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

function several(name: string, values: readonly unknown[]): string {
  if (values.length === 0) return "none";
  if (values.every((value) => typeof value === "number"))
    return values.map((value) => measured(name, value)).join(", ");
  if (values.some((value) => typeof value === "object")) return `${values.length}`;
  return values.map((value) => readable(name, value)).join(", ");
}

function whole(value: Record<string, unknown>): string {
  const { x, y, w, h } = value;
  if ([x, y, w, h].every((side) => typeof side === "number")) {
    return `${rounded(Number(w))} × ${rounded(Number(h))} px, from ${rounded(Number(x))}, ${rounded(Number(y))}`;
  }
  if (typeof value.text === "string") return `“${value.text}”`;
  if (typeof value.name === "string") return value.name;
  const texts = Object.entries(value).flatMap(([key, inner]) => {
    const text = drawn.has(key) ? null : within(key, inner);
    return text === null ? [] : [`${words(key)} ${text}`];
  });
  return texts.join(", ");
}

/** A field on the line of the thing that has it: no places, nothing absent; what it holds itself, in brackets. */
function within(name: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== "object") return readable(name, value);
  if (!Array.isArray(value)) return `(${largest(value as Record<string, unknown>)})`;
  if (value.length === 0 || value.some(Array.isArray)) return null;
  if (!value.some((item) => typeof item === "object")) return readable(name, value);
  return `(${value.map((item) => whole(item as Record<string, unknown>)).join("; ")})`;
}

/** All of `value`; of very many numbers only the largest. */
function largest(value: Record<string, unknown>): string {
  const entries = Object.entries(value);
  if (entries.length <= FITTING) return whole(value);
  const top = [...entries].sort(([, a], [, b]) => Number(b) - Number(a)).slice(0, LARGEST);
  return `${whole(Object.fromEntries(top))}, ${entries.length - LARGEST} more`;
}

/** "840 ms", "2.4 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return "under 1 ms";
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
