// Files of libraries in a bundle. The plugins of `tachymeter/bundler` make each file add itself to a list on `globalThis`.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { isObject } from "../options/check.ts";

/** The key of the list, for `Symbol.for`. */
export const BUNDLED_FILES = "tachymeter.bundled_files";

/** A file of a library that has been run as part of a bundle. */
export interface BundledFile {
  /** The package's name, and its version when the bundle was made. */
  readonly library: string;
  readonly version: string;
  /** The path in the package: `lib/client.js`; without it, the package's entry. */
  readonly path?: string;
  /** The module as the bundler has made it. If its `exports` are replaced, the files that require it get the new ones. */
  readonly module: { exports: unknown };
}

const KEY = Symbol.for(BUNDLED_FILES);
const listeners = new Set<(file: BundledFile) => void>();
let isListening = false;

/** The files that have been run so far. */
export function bundledFiles(): readonly BundledFile[] {
  return list().filter(isFile);
}

// Its items may be anything: other code can write to the global object.
function list(): unknown[] {
  const known: unknown = Reflect.get(globalThis, KEY);
  return Array.isArray(known) ? known : [];
}

function isFile(file: unknown): file is BundledFile {
  if (!isObject(file) || !isObject(file["module"])) return false;
  return typeof file["library"] === "string" && typeof file["version"] === "string";
}

/**
 * Calls `listener` with each file of a bundle that is run from now on, before the code that uses the file runs. Listeners that are
 * added by a listener are called with the same file. Returns a function that ends this.
 */
export function onBundledFile(listener: (file: BundledFile) => void): () => void {
  listeners.add(listener);
  if (!isListening) listen();
  isListening = true;
  return () => void listeners.delete(listener);
}

// The files call `push` of the list. Another copy of this package may have replaced it, too.
function listen(): void {
  const files = list();
  const add = files.push.bind(files);
  files.push = (...added) => {
    for (const file of added.filter(isFile)) for (const listener of listeners) attempt(() => listener(file));
    return add(...added);
  };
  Reflect.set(globalThis, KEY, files);
}

// An error would reach the application.
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    diag.error(`a library in a bundle is not instrumented: ${errorMessage(error)}`);
  }
}
