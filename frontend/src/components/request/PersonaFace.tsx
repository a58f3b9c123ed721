/** A persona's head and hat, drawn. Decoration only. */

const hats: Readonly<Record<string, string>> = {
  // headphones and a microphone
  commentator:
    "M9.5 19v-2a10.5 10.5 0 0 1 21 0v2h-2v-2a8.5 8.5 0 0 0-17 0v2z M7.5 16h4v8h-4z M28.5 16h4v8h-4z M31 24l1.6 1-5 4.6-4.1.2v-2l3.3-.1z",
  // a beret
  critic: "M9 14c-2-4 3-10 12-10 8 0 14 4 12 7-1 2-6 0-12 1-5 .5-9 4-12 2z M21 1h2v4h-2z",
  // three horns with bells
  fool: "M11 15C10 8 6 7 3.5 11 2.5 4 10 2 14 7c1-4 3-6 6-6s5 2 6 6c4-5 11.5-3 10.5 4C34 7 30 8 29 15z M1.5 13.5a2 2 0 1 1 4 0a2 2 0 1 1-4 0z M34.5 13.5a2 2 0 1 1 4 0a2 2 0 1 1-4 0z",
  // a bun, and hair that was set this morning
  grandmother:
    "M15 5a5 5 0 1 1 10 0a5 5 0 1 1-10 0z M10.5 19C8.5 11 14 7.5 20 7.5S31.5 11 29.5 19c-2-5-17-5-19 0z",
  // a sun helmet
  naturalist: "M4 15c3-2 6-2 7-2 0-7 4-10 9-10s9 3 9 10c1 0 4 0 7 2-4 2-9 1.5-16 1.5S8 17 4 15z",
  // a fedora
  noir: "M4 13.5c2-2 5-2 7.5-2.5L13 4c1-2 5-1.5 7-.2C22 2.5 26 2 27 4l1.5 7c2.5.5 5.5.5 7.5 2.5-3 3-9 2.5-16 2.5S7 16.5 4 13.5z",
  // a telephone held up
  reviewer:
    "M11 15c0-6 4-8.5 9-8.5 6 0 9 3 9 8.5-4-3-14-3-18 0z M28 21h8a1 1 0 0 1 1 1v13h-10V22a1 1 0 0 1 1-1z",
  // a top hat
  victorian:
    "M7 14.5c1-1.5 4-1.5 5.5-1.5L12 1.5C17 .5 23 .5 28 1.5L27.5 13c1.5 0 4.5 0 5.5 1.5-3 2-23 2-26 0z",
};

export function PersonaFace({ persona }: { persona: string }) {
  return (
    <svg className="persona-face" viewBox="0 0 40 40" aria-hidden="true">
      <path d="M3 40c1-8 8-11 17-11s16 3 17 11z" />
      <circle cx="20" cy="19" r="9" />
      {hats[persona] && <path className="hat" d={hats[persona]} />}
    </svg>
  );
}
