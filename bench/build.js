// The measured build: `dist`, or the folder given by `--build`. Start-up and scrapes over HTTP are measured with the bundle
// that users get, since the first scrape loads code.
// Everything else uses `modules` beside it, with one file for each source, since some cases measure functions that no
// entry point exports.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The folder of the build. */
export const build = resolve(process.env.TACHYMETER_BENCH_BUILD ?? join(import.meta.dirname, "../dist"));

// Builds of 0.2 only have modules.
const modules = [join(build, "modules"), build].find((folder) => existsSync(join(folder, "src")));
if (modules === undefined) throw new Error(`no modules in "${build}": npm run build:bench`);

/** The file of an entry point, `index.js` or `register.js`. */
export function entryFile(name) {
  return [join(build, name), join(build, "src", name)].find(existsSync);
}

/** Imports a module of the build, by its path in `src`. */
export async function fromBuild(path) {
  return import(pathToFileURL(join(modules, "src", path)).href);
}
