// Files of libraries, which are reported as soon as they are loaded.
import module, { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import { normalize, relative, sep } from "node:path";
import { manifestIn } from "../../src/io/files/packages-above.ts";
import { onBundledFile } from "../../src/recording/bundled-files.ts";
import { replaceMethod } from "../../src/recording/replace-method.ts";
import { entriesOf, folderOfPackage, packageIn, requiredFile, requiredPackage } from "./package-files.ts";

/** A file of a library; without a path, its entry. */
export interface LibraryFile {
  readonly library: string;
  readonly path?: string;
}

/** Gets the exports of a file, and the version of its library. Returns what is exported in their place. */
export type Report = (exports: unknown, version: string | undefined) => unknown;

/** Reports each file of a library that ES modules import, with its name in the library's folder. */
export type HookImports = (
  library: string,
  report: (exports: object, name: string, folder: string | void) => unknown,
) => void;

const require = createRequire(import.meta.url);

// The reports of a library by the path of the file, which is "" for the entry.
const reportsOf = new Map<string, Map<string, Report[]>>();
let importsOf: HookImports | undefined;

/**
 * Reports each copy of a file that is loaded from now on, until the process ends. Files that ES modules import are reported after
 * {@link reportImports}, also those imported before.
 */
export function reportFile({ library, path = "" }: LibraryFile, report: Report): void {
  watchFiles();
  const known = reportsOf.get(library);
  const reports = known ?? new Map<string, Report[]>();
  const file = normalized(path);
  reports.set(file, [...(reports.get(file) ?? []), report]);
  if (known !== undefined) return;
  reportsOf.set(library, reports);
  hookImports(library);
}

/** Reports what ES modules import, too, once the loader is hooked. */
export function reportImports(hook: HookImports): void {
  if (importsOf !== undefined) return;
  importsOf = hook;
  for (const library of reportsOf.keys()) hookImports(library);
}

function hookImports(library: string): void {
  importsOf?.(library, (exports, name, folder) => {
    if (folder === undefined) return undefined;
    return reported(library, name.slice(library.length + sep.length), exports, () => versionIn(folder));
  });
}

let isWatching = false;

function watchFiles(): void {
  if (isWatching) return;
  isWatching = true;
  onBundledFile(({ library, path = "", version, module: its }) => {
    const given = reported(library, normalized(path), its.exports, () => version);
    if (given !== its.exports) its.exports = given;
  });
  replaceMethod(module.prototype, "require", (call, [id], self) => {
    return reportsOf.has(requiredPackage(id, self)) ? required(call, id, self) : call();
  });
}

/** Reports a CommonJS file that an ES module has loaded, by its path. */
export function reportLoaded(file: string): void {
  const loaded = require.cache[file];
  if (loaded === undefined || !reportsOf.has(packageIn(file))) return;
  const given = required(() => loaded.exports, file, undefined);
  if (given !== loaded.exports) loaded.exports = given;
}

// The exports of reported files, by their modules, or by the exports of files that have none.
const taken = new WeakMap<object, { readonly exports: unknown; readonly given: unknown }>();
const loading = new Set<string>();

function required(call: () => unknown, id: unknown, self: unknown): unknown {
  const file = requiredFile(id, self);
  // Within a cycle, a file is not complete.
  if (file === undefined || loading.has(file)) return call();
  loading.add(file);
  let exports: unknown;
  try {
    exports = call();
  } finally {
    loading.delete(file);
  }
  const key: object = require.cache[file] ?? Object(exports);
  const known = taken.get(key);
  if (known !== undefined) return known.exports === exports ? known.given : exports;
  // The reports may require it, too.
  taken.set(key, { exports, given: exports });
  const library = packageIn(file);
  const folder = folderOfPackage(file);
  const path = isEntry(id, self, file, folder) ? "" : relative(folder, file);
  const given = reported(library, path, exports, () => versionIn(folder));
  taken.set(key, { exports, given });
  return given;
}

function isEntry(id: unknown, self: unknown, file: string, folder: string): boolean {
  const library = packageIn(file);
  if (reportsOf.get(library)?.has("") !== true) return false;
  // An import may have another entry than `require`, which is CommonJS, too.
  if (
    self === undefined &&
    entriesOf(manifestIn(folder) ?? {}).has(relative(folder, file).replaceAll(sep, "/"))
  )
    return true;
  try {
    return id === library || require.resolve(library, { paths: [folder] }) === file;
  } catch {
    return false;
  }
}

function normalized(path: string): string {
  return path === "" ? "" : normalize(path);
}

function versionIn(folder: string): string | undefined {
  const version = manifestIn(folder)?.version;
  return typeof version === "string" ? version : undefined;
}

function reported(
  library: string,
  path: string,
  exports: unknown,
  versionOf: () => string | undefined,
): unknown {
  const reports = reportsOf.get(library)?.get(path);
  if (reports === undefined) return exports;
  const version = versionOf();
  return reports.reduce((given: unknown, report) => {
    try {
      return report(given, version);
    } catch (error) {
      diag.error(`${library} could not be instrumented`, error);
      return given;
    }
  }, exports);
}
