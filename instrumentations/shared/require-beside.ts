// Files that ES modules get without `require`, where a hook of `require` would see them: the entries of packages, and
// what an entry for ES modules imports by itself.
import { basename, dirname, join } from "node:path";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Requires `file`, which lies in the folder of a file that is loaded already, `known` with these exports: it is one
 * module, whichever way it is loaded. Call it when nothing is being loaded, in a microtask.
 */
export function requireBeside(known: string, exports: unknown, file: string): void {
  const path = Object.keys(require.cache).find(
    (each) => basename(each) === known && require.cache[each]?.exports === exports,
  );
  if (path !== undefined) require(join(dirname(path), file));
}
