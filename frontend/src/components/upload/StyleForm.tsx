import { type ReactNode, useId } from "react";
import { capital } from "../../findings/words";
import type { Options } from "../../request/api";
import type { ServerInfo } from "../../request/serverInfo";
import { caveat, languages } from "../../upload/languages";
import { heats, lengths } from "../../upload/options";
import { PersonaFace } from "../request/PersonaFace";

interface StyleFormProps {
  serverInfo: ServerInfo;
  options: Options;
  onOptions: (change: Partial<Options>) => void;
}

/** Persona, heat and length; more quietly, the language. */
export function StyleForm({ serverInfo, options, onOptions }: StyleFormProps) {
  return (
    <form className="style-form" onSubmit={(event) => event.preventDefault()}>
      {serverInfo.personas.length > 0 ? (
        <Cast
          serverInfo={serverInfo}
          chosen={options.persona}
          onChoose={(persona) => onOptions({ persona })}
        />
      ) : (
        <div className="cast">
          <div className="awaited" />
        </div>
      )}
      <div className="pair">
        <Choices
          legend="Heat"
          values={heats}
          chosen={options.heat}
          onChoose={(heat) => onOptions({ heat })}
        />
        <Choices
          legend="Length"
          values={lengths}
          chosen={options.length}
          onChoose={(length) => onOptions({ length })}
        />
        <Language chosen={options.language} onChoose={(language) => onOptions({ language })} />
      </div>
    </form>
  );
}

/** The personas, side by side in the front row; below them, what the chosen one is like. */
function Cast(props: { serverInfo: ServerInfo; chosen: string; onChoose: (persona: string) => void }) {
  const { serverInfo, chosen, onChoose } = props;
  const said = useId();
  return (
    <div className="cast">
      <Radios
        legend="Who judges"
        className="choices seats"
        values={serverInfo.personas.map(({ name }) => name)}
        chosen={chosen}
        onChoose={onChoose}
        describedBy={(name) => `${said}-${name}`}
      >
        {(name) => (
          <>
            <PersonaFace persona={name} />
            <span className="title">{shortTitle(serverInfo, name)}</span>
          </>
        )}
      </Radios>
      {/* All of them lie in one place, so that choosing moves nothing. */}
      <div className="characters">
        {serverInfo.personas.map(({ name, description }) => (
          <p key={name} id={`${said}-${name}`} className={name === chosen ? "shown" : undefined}>
            {description}
          </p>
        ))}
      </div>
    </div>
  );
}

function shortTitle(serverInfo: ServerInfo, name: string): string {
  return serverInfo.personas.find((persona) => persona.name === name)?.title.replace(/^The /, "") ?? name;
}

interface ChoicesProps<V extends string> {
  legend: string;
  values: readonly V[];
  chosen: V;
  onChoose: (value: V) => void;
}

function Choices<V extends string>(props: ChoicesProps<V>) {
  return (
    <Radios {...props} className="choices strip">
      {(value) => <span className="title">{capital(value)}</span>}
    </Radios>
  );
}

interface RadiosProps<V extends string> extends ChoicesProps<V> {
  className: string;
  describedBy?: (value: V) => string;
  children: (value: V) => ReactNode;
}

/** One of several: radio buttons, so arrow keys and screen readers know what to do. */
function Radios<V extends string>(props: RadiosProps<V>) {
  const { legend, className, values, chosen, onChoose, describedBy, children } = props;
  const group = useId();
  return (
    <fieldset className={className}>
      <legend>{legend}</legend>
      <div className="options">
        {values.map((value) => (
          <label key={value}>
            <input
              type="radio"
              name={group}
              value={value}
              checked={value === chosen}
              onChange={() => onChoose(value)}
              aria-describedby={describedBy?.(value)}
            />
            <span className="option">{children(value)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const spoken = languages();

function Language({ chosen, onChoose }: { chosen: string; onChoose: (tag: string) => void }) {
  const id = useId();
  const note = caveat(chosen);
  return (
    <p className="language">
      <label htmlFor={id}>In</label>
      <select
        id={id}
        value={chosen}
        onChange={(event) => onChoose(event.target.value)}
        aria-describedby={note ? `${id}-note` : undefined}
        aria-label="Language of the roast"
      >
        {spoken.map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
      <span id={`${id}-note`} className="note">
        {note}
      </span>
    </p>
  );
}
