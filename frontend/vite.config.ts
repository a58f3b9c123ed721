import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The page is built into `dist/`, which the gateway serves; `npm run dev` asks a gateway on its default port. */
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // scripts/swagger.mjs has emptied it, and put the API reference there.
    emptyOutDir: false,
    // Fonts stay files of their own: inlined into the CSS they would delay the first paint.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The browser's own `Host` is passed on: the gateway refuses changes asked for by another site than it is.
  server: { proxy: { "/api": { target: "http://127.0.0.1:8090", changeOrigin: false } } },
  // `css`: the contrast of the colours is read from the style sheet itself.
  test: { include: ["tests/**/*.test.ts"], css: true, testTimeout: 60_000 },
});
