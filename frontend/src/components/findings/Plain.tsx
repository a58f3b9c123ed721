import { capital, readable, words } from "../../findings/words";
import type { Finding } from "../../request/types";

/** A finding of any kind as a table. It knows none by name, so a new one is readable without a change here. */
export function Plain({ finding }: { finding: Finding }) {
  return (
    <dl className="rows">
      {Object.entries(finding)
        .filter(([name, value]) => name !== "kind" && value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{capital(words(name))}</dt>
            <dd>
              <Value name={name} value={value} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

function Value({ name, value }: { name: string; value: unknown }) {
  if (!Array.isArray(value) || !value.some(isThing)) return readable(name, value);
  return (
    <ol>
      {value.map((item: Record<string, unknown>, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the order is the finding's own
        <li key={n}>
          {typeof item.hex === "string" && <span className="swatch" style={{ background: item.hex }} />}
          {readable(name, item)}
          {typeof item.share === "number" && `, ${readable("share", item.share)}`}
        </li>
      ))}
    </ol>
  );
}

function isThing(item: unknown): boolean {
  return item !== null && typeof item === "object" && !Array.isArray(item);
}
