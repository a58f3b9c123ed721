import { useId } from "react";
import type { Wish } from "../api";
import type { House } from "../house";
import { heats, lengths } from "../wish";
import { capital } from "../words";

interface StyleFormProps {
  house: House;
  wish: Wish;
  onWish: (change: Partial<Wish>) => void;
}

/** Persona, heat and length. */
export function StyleForm({ house, wish, onWish }: StyleFormProps) {
  return (
    <form className="style-form" onSubmit={(event) => event.preventDefault()}>
      {house.personas.length > 0 && (
        <Choices
          legend="Who judges"
          cards
          options={house.personas.map(({ name, title, description }) => ({
            value: name,
            title,
            description,
          }))}
          chosen={wish.persona}
          onChoose={(persona) => onWish({ persona })}
        />
      )}
      <div className="pair">
        <Choices
          legend="Heat"
          options={heats.map((heat) => ({ value: heat, title: capital(heat) }))}
          chosen={wish.heat}
          onChoose={(heat) => onWish({ heat })}
        />
        <Choices
          legend="Length"
          options={lengths.map((length) => ({ value: length, title: capital(length) }))}
          chosen={wish.length}
          onChoose={(length) => onWish({ length })}
        />
      </div>
    </form>
  );
}

interface Option<V extends string> {
  value: V;
  title: string;
  description?: string;
}

interface ChoicesProps<V extends string> {
  legend: string;
  options: readonly Option<V>[];
  chosen: V;
  onChoose: (value: V) => void;
  cards?: boolean;
}

/** One of several: radio buttons, so arrow keys and screen readers know what to do. */
function Choices<V extends string>({ legend, options, chosen, onChoose, cards = false }: ChoicesProps<V>) {
  const group = useId();
  return (
    <fieldset className={cards ? "choices cards" : "choices"}>
      <legend>{legend}</legend>
      <div className="options">
        {options.map(({ value, title, description }) => (
          <label key={value}>
            <input
              type="radio"
              name={group}
              value={value}
              checked={value === chosen}
              onChange={() => onChoose(value)}
            />
            <span className="option">
              <span className="title">{title}</span>
              {description && <span className="description">{description}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
