// The hook by which packages are seen that only ES modules load: their entries never pass `require`.
import { existsSync } from "node:fs";
import { createRequire, register } from "node:module";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { applicationFolders } from "./application-folders.ts";
import { foldersUpFrom } from "../io/files/packages-above.ts";

const require = createRequire(import.meta.url);
// One for all copies of this file: a second loader would ask each module twice.
const HOOKED = Symbol.for("tachymeter.loader_hook");

/**
 * Has Node's loader tell of `libraries` when an ES module imports them, those of them that the application has
 * installed; where it has none nothing is done, since the hook costs each start of a process: about 130 ms on Node.js
 * 20, where it runs in a thread of its own, and 40 ms from 22.22.3 and 24.11.1 on.
 */
export function hookLoader(libraries: readonly string[]): void {
  const folders = packageFolders();
  const include = libraries.filter((library) =>
    folders.some((folder) => existsSync(join(folder, library, "package.json"))),
  );
  if (include.length === 0 || Reflect.get(globalThis, HOOKED) === true) return;
  Reflect.set(globalThis, HOOKED, true);
  const loader: typeof import("import-in-the-middle/register-hooks.mjs") = require("import-in-the-middle/register-hooks.mjs");
  if (loader.supportsSyncHooks()) loader.register({ include });
  else register("import-in-the-middle/hook.mjs", import.meta.url, { data: { include } });
  diag.debug(`the loader is hooked for ${include.join(", ")}`);
}

// Folders in which the application would find a package. Asking Node.js instead would load the package, or fail if it
// has no `require` condition.
function packageFolders(): readonly string[] {
  const folders = applicationFolders().flatMap((start) => [...foldersUpFrom(start)]);
  return [...new Set(folders)]
    .map((folder) => join(folder, "node_modules"))
    .filter((folder) => existsSync(folder));
}
