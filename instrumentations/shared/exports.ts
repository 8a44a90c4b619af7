// Files of libraries: whether they are loaded, and their exports.
import { createRequire } from "node:module";
import { basename, dirname, join, sep } from "node:path";
import { bundledFiles } from "../../src/recording/bundled-files.ts";
import { isObject } from "./fields.ts";
import type { LibraryFile } from "./library-files.ts";
import { packageIn } from "./package-files.ts";

const require = createRequire(import.meta.url);
const ASSIGNABLE = { writable: true, enumerable: true, configurable: true };
const copies = new WeakMap<object, object>();

let scanned = { files: 0, last: "", packages: new Set<string>() };

/** Whether a CommonJS file of a library, or a file of a bundle, was loaded; without a path, any file of it. */
export function isLoaded(file: LibraryFile): boolean {
  return loadedExports(file).length > 0;
}

// The packages with a loaded file.
function loadedPackages(): ReadonlySet<string> {
  const files = Object.keys(require.cache);
  const last = files.at(-1) ?? "";
  // Each instrumentation asks at the start.
  if (files.length !== scanned.files || last !== scanned.last)
    scanned = { files: files.length, last, packages: new Set(files.map(packageIn)) };
  return scanned.packages;
}

/** Exports of all loaded copies of such a file; without a path, of all files of the library. */
export function loadedExports(wanted: LibraryFile): readonly unknown[] {
  const { library, path } = wanted;
  const bundled = bundledFiles().filter(
    (file) => file.library === library && (path === undefined || file.path === path),
  );
  return [...cachedExports(wanted), ...bundled.map(({ module }) => module.exports)];
}

function cachedExports({ library, path }: LibraryFile): readonly unknown[] {
  if (!loadedPackages().has(library)) return [];
  const wanted = `${sep}${join("node_modules", library, path ?? "")}`;
  const folder = `${wanted}${sep}`;
  return Object.keys(require.cache).flatMap((file) =>
    (path === undefined ? file.includes(folder) : file.endsWith(wanted)) && isComplete(file)
      ? [require.cache[file]?.exports]
      : [],
  );
}

// A file imported by an ES module is in the cache before it is run; it will still be seen.
function isComplete(file: string): boolean {
  return require.cache[file]?.loaded === true;
}

/**
 * Requires `file` in the folder of a loaded file `known` with these exports. Needed if an ES module imports `file`,
 * which a hook of `require` does not see. Call it in a microtask, while nothing is being loaded.
 */
export function requireBeside(known: string, exports: unknown, file: string): void {
  const path = Object.keys(require.cache).find(
    (each) => basename(each) === known && require.cache[each]?.exports === exports,
  );
  if (path !== undefined) require(join(dirname(path), file));
}

/**
 * Returns the prototype of the class that a file exports as `name`. `default` also means a class that is itself the
 * export. If CommonJS was imported, some names are only found in its default export.
 *
 * @throws TypeError if no such class is exported: the library is not the expected one.
 */
export function prototypeOf(exports: unknown, name = "default"): object {
  const isTheClass = typeof exports === "function" && name === "default";
  const exported = isTheClass ? exports : exportOf(exports, name);
  const prototype: unknown = typeof exported === "function" ? exported.prototype : undefined;
  if (isObject(prototype)) return prototype;
  throw new TypeError(`it exports no class as "${name}"`);
}

function exportOf(exports: unknown, name: string): unknown {
  const named: unknown = Reflect.get(Object(exports), name);
  return named ?? Reflect.get(Object(Reflect.get(Object(exports), "default")), name);
}

/**
 * Returns the same exports if `names` can be assigned, else a copy of them in which they can, one for each. Only for
 * `require` and bundles: what an ES module imports can always be assigned in place.
 */
export function withReplaceable(exports: unknown, names: readonly string[]): unknown {
  if (!isObject(exports)) return exports;
  const isBundled = names.some((name) => Reflect.getOwnPropertyDescriptor(exports, name)?.set !== undefined);
  const isAssignable = names.every((name) => Reflect.set(exports, name, Reflect.get(exports, name)));
  if (isAssignable && !isBundled) return exports;
  const copy = copies.get(exports) ?? (isBundled ? withPlainFields(exports) : copyOf(exports, names));
  copies.set(exports, copy);
  return copy;
}

// The exports of an ES module in a bundle are accessors. Their definition as values must set the variables of the module.
function withPlainFields(accessors: object): object {
  return new Proxy(accessors, {
    defineProperty: (target, name, { value }) => Reflect.set(target, name, value),
    getOwnPropertyDescriptor: (target, name) => {
      const descriptor = Reflect.getOwnPropertyDescriptor(target, name);
      return descriptor && { ...ASSIGNABLE, value: Reflect.get(target, name) };
    },
  });
}

function copyOf(exports: object, names: readonly string[]): object {
  const fields = names.map((name) => [name, { ...ASSIGNABLE, value: Reflect.get(exports, name) }]);
  return Object.create(Object.getPrototypeOf(exports), {
    ...Object.getOwnPropertyDescriptors(exports),
    ...Object.fromEntries(fields),
  });
}
