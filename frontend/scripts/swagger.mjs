// Begins a fresh dist/ with what `/docs` needs of Swagger UI, so that the reference asks nobody but its own server.
// Runs before `vite build`, which takes arguments from the command line and therefore has to come last.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const target = join(dist, "swagger");
const source = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const files = [
  "swagger-ui.css",
  "swagger-ui-bundle.js",
  "swagger-ui-bundle.js.LICENSE.txt",
  "LICENSE",
  "NOTICE",
];

rmSync(dist, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const file of files) copyFileSync(join(source, file), join(target, file));
