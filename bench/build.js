// The build that is measured: `dist`, or the folder that `--build` names.
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The folder of the build. */
export const build = resolve(process.env.TACHYMETER_BENCH_BUILD ?? join(import.meta.dirname, "../dist"));

/** Imports a file of the build, by its path in `src`. */
export async function fromBuild(path) {
  return import(pathToFileURL(join(build, "src", path)).href);
}
