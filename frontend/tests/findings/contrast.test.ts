import { describe, expect, test } from "vitest";
import sheet from "../../src/styles/theme.css?raw";

/** The custom properties of `:root` in a piece of the style sheet. */
function colors(css: string): Record<string, string> {
  return Object.fromEntries(
    [...css.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]),
  );
}

const [evening = "", matinee = ""] = sheet.split("@media (prefers-color-scheme: light)");
const themes = { dark: colors(evening), light: { ...colors(evening), ...colors(matinee) } };

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const level = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(Object.entries(themes))("the %s theme", (_name, theme) => {
  const grounds = ["wall", "card"];
  const inks = ["ink", "soft", "brass", "bad"];
  const pairs = [
    ...grounds.flatMap((ground) => inks.map((ink) => [ink, ground])),
    ["curtain-ink", "curtain"],
  ];

  test.each(pairs)("can be read: %s on %s (WCAG AA)", (ink = "", ground = "") => {
    expect(contrast(theme[ink] ?? "", theme[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});
