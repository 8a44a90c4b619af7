// The loader hook, which reports packages that are loaded as ES modules only: their entries never pass `require`.
import module, { register } from "node:module";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { reportImports } from "../../instrumentations/shared/library-files.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { applicationFolders } from "./application-folders.ts";
import { isOtherRuntime } from "../io/runtime.ts";
import { foldersUpFrom, isPresent } from "../io/files/packages-above.ts";

// webpack follows an imported `createRequire`, and would put the hook into the bundle, in which it cannot load.
const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);
// Shared by all copies of this file: a second hook would process each module twice.
const HOOKED = Symbol.for("tachymeter.loader_hook");

/**
 * Hooks Node's loader for those `libraries` that the application has installed, so that their import by an ES module is
 * noticed. Does nothing if none is installed, since the hook slows down each start of a process. It takes 130 ms or
 * more on Node.js 20, in a separate thread: 2 s for the thousands of modules of Directus. From 22.22.3 and 24.11.1 on it
 * takes 40 ms. Returns the libraries that a worker thread
 * can hook at low cost: none in older versions, which start a further thread for it.
 */
export function hookLoader(libraries: readonly string[]): readonly string[] {
  // Bun has no hooks, and with one, Deno fails to load JSON by `require`.
  if (isOtherRuntime) return [];
  const folders = packageFolders();
  const include = libraries.filter((library) =>
    folders.some((folder) => isPresent(join(folder, library, "package.json"))),
  );
  if (include.length === 0) return [];
  const loader = loaderFor(include);
  if (loader === undefined) return [];
  const isSynchronous = loader.supportsSyncHooks();
  once(() => {
    if (isSynchronous) loader.register({ include });
    else register("import-in-the-middle/hook.mjs", import.meta.url, { data: { include } });
    diag.debug(`the loader is hooked for ${include.join(", ")}`);
  });
  hookImports();
  return isSynchronous ? include : [];
}

/**
 * Hooks the loader of a worker thread for `libraries`, as {@link hookLoader} has returned them in the main thread. Calls
 * `begin` before the first of them is loaded. Takes about 15 ms.
 */
export function hookThreadLoader(libraries: readonly string[], begin: () => void): void {
  if (libraries.length === 0) return;
  once(() => requireLoader().register({ include: [...libraries] }));
  hookImports();
  const resolve = (specifier: string, context: unknown, next: (...given: unknown[]) => unknown): unknown => {
    if (libraries.includes(specifier)) begin();
    return next(specifier, context);
  };
  // Node's types for version 20 lack it.
  Reflect.apply(Reflect.get(module, "registerHooks"), module, [{ resolve }]);
}

// Jest's `require` cannot load ES modules.
function loaderFor(libraries: readonly string[]): Loader | undefined {
  try {
    return requireLoader();
  } catch (error) {
    diag.warn(
      `the loader cannot be hooked, so ${libraries.join(", ")} are not measured if ES modules import them: ${errorMessage(error)}`,
    );
    return undefined;
  }
}

type Loader = typeof import("import-in-the-middle/register-hooks.mjs");

function requireLoader(): Loader {
  return require("import-in-the-middle/register-hooks.mjs");
}

function hookImports(): void {
  const { Hook }: typeof import("import-in-the-middle") = require("import-in-the-middle");
  reportImports((library, report) => void new Hook([library], { internals: true }, report));
}

function once(hook: () => void): void {
  if (Reflect.get(globalThis, HOOKED) === true) return;
  Reflect.set(globalThis, HOOKED, true);
  hook();
}

// The folders in which the application finds packages. Resolving by Node.js instead would load the package, or fail if
// it has no `require` condition.
function packageFolders(): readonly string[] {
  const folders = applicationFolders().flatMap((start) => [...foldersUpFrom(start)]);
  return [...new Set(folders)].map((folder) => join(folder, "node_modules")).filter(isPresent);
}
