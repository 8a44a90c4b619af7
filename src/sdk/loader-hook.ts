// The loader hook, which reports packages that are loaded as ES modules only: their entries never pass `require`.
import module, { register } from "node:module";
import { dirname, resolve as absolute } from "node:path";
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";
import { isMainThread } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { reportImports } from "../../instrumentations/shared/library-files.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { isOtherRuntime } from "../io/runtime.ts";
import { installedOf, packageOf } from "./installed-libraries.ts";

// webpack follows an imported `createRequire`, and would put the hook into the bundle, in which it cannot load.
const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);
// Shared by all copies of this file: a second hook would process each module twice.
const HOOKED = Symbol.for("tachymeter.loader_hook");

/**
 * Hooks Node's loader for those `libraries` that the application or its dependencies have installed, so that their import by an ES
 * module is noticed. Some are ES modules within a package: `@scope/name/dist/protocol.js`. Does nothing if none is installed, since
 * the hook slows down each start of a process. Node.js from 22.22.3 and 24.11.1 on has synchronous hooks, which take 40 ms. Node.js
 * 20 reads sources in the main thread if there are no other hooks, so that they are changed there. Otherwise the hook has a thread of
 * its own: 70 ms, and 1 ms for each module.
 *
 * Returns the libraries that a worker thread can hook at low cost: none in older versions, which start a further thread for it.
 */
export function hookLoader(
  libraries: readonly string[],
  changeSources: (include: readonly string[], onHooks: () => void) => void,
): readonly string[] {
  // Bun has no hooks, and with one, Deno fails to load JSON by `require`. In a context of its own, Jest loads modules itself: a hook
  // would see none, and keep the context of each test file in memory.
  if (isOtherRuntime || runInThisContext("globalThis") !== globalThis) return [];
  const include = installedOf(libraries);
  if (include.length === 0) return [];
  const isSynchronous = hasSynchronousHooks(include);
  if (isSynchronous === undefined) return [];
  once(() => {
    const startThread = (): void => {
      hookImports();
      register("import-in-the-middle/hook.mjs", import.meta.url, { data: { include: included(include) } });
    };
    if (isSynchronous) requireLoader().register({ include: included(include) });
    else if (readsSourcesHere()) changeSources(include.map(packageOf), startThread);
    else startThread();
    diag.debug(`the loader is hooked for ${include.join(", ")}`);
  });
  if (isSynchronous) hookImports();
  return isSynchronous ? include : [];
}

// Whether Node.js reads the sources of ES modules in this thread, which is so without other hooks. Each preloaded module may have
// registered some, except ours.
function readsSourcesHere(): boolean {
  if (!isMainThread || !process.versions.node.startsWith("20.")) return false;
  const flags = [...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/), ...process.execArgv];
  const preloads = flags.flatMap((flag, index) => {
    const found = /^(?:--import|--require|-r|--loader|--experimental-loader)(?:=(.*))?$/.exec(flag);
    return found === null ? [] : (found[1] ?? flags[index + 1] ?? "");
  });
  return preloads.length > 0 && preloads.every(isOurs);
}

function isOurs(preload: string): boolean {
  if (preload.startsWith("tachymeter/")) return true;
  const path = preload.startsWith("file:") ? fileURLToPath(preload) : preload;
  return dirname(absolute(path)) === dirname(fileURLToPath(import.meta.url));
}

/**
 * Hooks the loader of a worker thread for `libraries`, as {@link hookLoader} has returned them in the main thread. Calls
 * `begin` before the first of them is loaded. Takes about 15 ms.
 */
export function hookThreadLoader(libraries: readonly string[], begin: () => void): void {
  if (libraries.length === 0) return;
  once(() => requireLoader().register({ include: included(libraries) }));
  hookImports();
  const resolve = (specifier: string, context: unknown, next: (...given: unknown[]) => unknown): unknown => {
    if (libraries.some((library) => library === specifier || isWithin(library, specifier))) begin();
    return next(specifier, context);
  };
  // Node's types for version 20 lack it.
  Reflect.apply(Reflect.get(module, "registerHooks"), module, [{ resolve }]);
}

// By a file of its own, without the parsers of the loader: 15 ms and 2 MiB. `undefined` if it cannot be loaded: Jest's `require`
// loads no ES modules.
function hasSynchronousHooks(libraries: readonly string[]): boolean | undefined {
  try {
    const {
      supportsSyncHooks,
    }: Pick<Loader, "supportsSyncHooks"> = require("import-in-the-middle/supports-sync-hooks.mjs");
    return supportsSyncHooks();
  } catch (error) {
    diag.warn(
      `the loader cannot be hooked, so ${libraries.join(", ")} are not measured if ES modules import them: ${errorMessage(error)}`,
    );
    return undefined;
  }
}

// Modules within packages import each other by relative paths.
function included(libraries: readonly string[]): (string | RegExp)[] {
  return libraries.map((library) =>
    packageOf(library) === library
      ? library
      : new RegExp(`/node_modules/${library.replaceAll(".", String.raw`\.`)}$`),
  );
}

function isWithin(library: string, specifier: string): boolean {
  return packageOf(library) !== library && packageOf(library) === packageOf(specifier);
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
