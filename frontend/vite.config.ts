import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The page is built into `dist/`, which the gateway serves; `npm run dev` asks a gateway on its default port. */
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // Fonts stay files of their own: inlined into the CSS they would delay the first paint.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8090" } },
  // `css`: the contrast of the colours is read from the style sheet itself.
  test: { include: ["tests/**/*.test.ts"], css: true },
});
