/** Server-sent events (WHATWG HTML §9.2) read from a text that is complete, as that of an ended request is. */
import type { Heard } from "./reducer";
import type { RoastEvent } from "./types";

/** The events in `text`; comments, and frames that hold no event, are passed over. */
export function heardIn(text: string): Heard[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .map(fieldsOf)
    .filter(({ event, data }) => event && data)
    .map(({ id, data = "" }) => ({ seq: Number(id) || 0, event: JSON.parse(data) as RoastEvent }));
}

/** The fields of one frame; several lines of `data` are one text. */
function fieldsOf(frame: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const line of frame.split(/\r\n|\n|\r/)) {
    const [, name = "", value = ""] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
    fields[name] = name === "data" && fields.data !== undefined ? `${fields.data}\n${value}` : value;
  }
  return fields;
}
