// The loader hook, which reports packages that are loaded as ES modules only: their entries never pass `require`.
import { existsSync } from "node:fs";
import { createRequire, register } from "node:module";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { applicationFolders } from "./application-folders.ts";
import { foldersUpFrom } from "../io/files/packages-above.ts";

const require = createRequire(import.meta.url);
// Shared by all copies of this file: a second hook would process each module twice.
const HOOKED = Symbol.for("tachymeter.loader_hook");

/**
 * Hooks Node's loader for those `libraries` that the application has installed, so that their import by an ES module is
 * noticed. Does nothing if none is installed, since the hook slows down each start of a process. It takes about 130 ms
 * on Node.js 20, in a separate thread, and 40 ms from 22.22.3 and 24.11.1 on.
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

// The folders in which the application finds packages. Resolving by Node.js instead would load the package, or fail if
// it has no `require` condition.
function packageFolders(): readonly string[] {
  const folders = applicationFolders().flatMap((start) => [...foldersUpFrom(start)]);
  return [...new Set(folders)]
    .map((folder) => join(folder, "node_modules"))
    .filter((folder) => existsSync(folder));
}
