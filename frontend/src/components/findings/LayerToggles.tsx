import type { Layer } from "../../findings/layers";

interface LayerTogglesProps {
  /** Those that there is something of. */
  layers: readonly Layer[];
  wanted: readonly string[];
  onWant: (ids: readonly string[]) => void;
}

/** What is drawn on the photo, each at a click; the row has its height before the first finding comes. */
export function LayerToggles({ layers, wanted, onWant }: LayerTogglesProps) {
  const names = [...layers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const all = layers.every(({ id }) => wanted.includes(id));
  const others = wanted.filter((id) => !layers.some((layer) => layer.id === id));
  const toggle = (id: string) =>
    onWant(wanted.includes(id) ? wanted.filter((other) => other !== id) : [...wanted, id]);
  return (
    <fieldset className="layers">
      <legend className="visually-hidden">Drawn on the photo</legend>
      {layers.length > 1 && (
        <button
          type="button"
          className="all"
          onClick={() => onWant(all ? others : [...others, ...layers.map(({ id }) => id)])}
        >
          {all ? "Nothing" : "Everything"}
        </button>
      )}
      {names.map(({ id, name }) => (
        <button key={id} type="button" aria-pressed={wanted.includes(id)} onClick={() => toggle(id)}>
          {name}
        </button>
      ))}
    </fieldset>
  );
}
