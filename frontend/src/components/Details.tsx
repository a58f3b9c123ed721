import { links } from "../api";
import { headline } from "../headline";
import type { RoastState } from "../reducer";
import type { Feature } from "../types";
import { capital, duration, readable, words } from "../words";

/** Everything that was noticed, in words; the same as data behind a link. */
export function Details({ state }: { state: RoastState }) {
  const features = Object.values(state.features).sort((a, b) => (a.analyzer < b.analyzer ? -1 : 1));
  return (
    <details className="details">
      <summary>Everything the front row noticed</summary>
      <div className="findings">
        {features.map((feature) => (
          <Report key={feature.analyzer} feature={feature} />
        ))}
      </div>
      <p>
        The same as data: <a href={links.document(state.id)}>this roast as JSON</a>.
      </p>
    </details>
  );
}

/** One analyzer's whole finding. It knows no analyzer by name, so a new one is shown without a change here. */
function Report({ feature }: { feature: Feature }) {
  const { finding, analyzer } = feature;
  return (
    <section className="report" data-report={analyzer}>
      <h3>{capital(words(analyzer))}</h3>
      <p className="headline">
        {finding ? headline(finding) : `${feature.status}: ${feature.reason ?? "no reason"}`}
      </p>
      {finding && (
        <dl>
          {Object.entries(finding)
            .filter(([name, value]) => name !== "kind" && value !== null)
            .map(([name, value]) => (
              <div key={name}>
                <dt>{words(name)}</dt>
                <dd>
                  <Value name={name} value={value} />
                </dd>
              </div>
            ))}
        </dl>
      )}
      <p className="source">{sourceOf(feature)}</p>
    </section>
  );
}

function Value({ name, value }: { name: string; value: unknown }) {
  if (
    !Array.isArray(value) ||
    !value.some((item) => item !== null && typeof item === "object" && !Array.isArray(item))
  )
    return readable(name, value);
  return (
    <ol>
      {value.map((item: Record<string, unknown>) => (
        <li key={JSON.stringify(item)}>
          {typeof item.hex === "string" && <span className="swatch" style={{ background: item.hex }} />}
          {readable(name, item)}
          {typeof item.share === "number" && `, ${readable("share", item.share)}`}
        </li>
      ))}
    </ol>
  );
}

function sourceOf({ model, version, compute_ms, queue_ms, cached }: Feature): string {
  const who = [model, version && `version ${version}`].filter(Boolean).join(", ");
  const when = cached
    ? "remembered"
    : `${duration(compute_ms ?? 0)}, after ${duration(queue_ms ?? 0)} of waiting`;
  return [who, when].filter(Boolean).join(" · ");
}
