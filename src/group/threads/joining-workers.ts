// The flag by which worker threads join. `tachymeter/register` itself leaves threads to it, since it may import nothing
// that could be broken. Node.js does not run `--import` in threads made of a string.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";
import workerThreads, { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";

const FILE = "#register-thread";
// The file of the same purpose for `--require`. A thread for loader hooks runs this flag, too. With an ES module it would end in Node.js
// 22.15 to 22.22.2 and 24.0 to 24.11.0.
const REQUIRED = "tachymeter/register";
// The flags that a thread would have without ours, in its environment data.
const OWN_FLAGS = "tachymeter/flags";
// A flag that loads `tachymeter/register`, also by the path of its file.
const FLAG = /(?:^|\s)(--import|--require|-r)[\s=]+\S*tachymeter\S*register\b/g;

/**
 * Adds a flag to those of threads that this thread starts: `--import` if they inherit `--import tachymeter/register`,
 * `--require` otherwise. Flags in the option `execArgv` are the application's own choice: they are completed only if they
 * contain `--import tachymeter/register`. Returns a function that ends this.
 */
export function letWorkersJoin(): () => void {
  const original = workerThreads.Worker;
  let isOn = true;
  const joining = new Proxy(original, {
    construct: (target, given: unknown[], newTarget): object => {
      const construct = (args: readonly unknown[]): object =>
        Reflect.construct(target, args, newTarget === joining ? target : newTarget);
      const flags = isOn ? readFlags(given[1]) : undefined;
      if (flags === undefined) return construct(given);
      setEnvironmentData(OWN_FLAGS, flags.own);
      try {
        return constructed(construct, given, flags.all);
      } finally {
        setEnvironmentData(OWN_FLAGS, undefined);
      }
    },
  });
  putInPlace(joining);
  return () => {
    isOn = false;
    // A later replacement stays, and calls this one.
    if (workerThreads.Worker === joining) putInPlace(original);
  };
}

/**
 * Sets `process.execArgv` of this thread to the flags that it would have without ours. Processes that it forks have them, too,
 * also those of the whole process, which cannot be given to a thread.
 */
export function restoreFlags(): void {
  const own: unknown = getEnvironmentData(OWN_FLAGS);
  if (isStrings(own)) process.execArgv = [...own];
  setEnvironmentData(OWN_FLAGS, undefined);
}

function putInPlace(worker: typeof workerThreads.Worker): void {
  Reflect.set(workerThreads, "Worker", worker);
  Reflect.set(worker.prototype, "constructor", worker);
  syncBuiltinESMExports();
}

interface Flags {
  /** The flags without ours. */
  readonly own: readonly string[];
  readonly all: readonly string[];
}

// Options that cannot be read are left to the constructor, which throws its own error.
function readFlags(options: unknown): Flags | undefined {
  try {
    return flagsFor(options);
  } catch {
    return undefined;
  }
}

// The flags of a thread that is to join; `undefined` if it has them already, or must not join.
function flagsFor(options: unknown): Flags | undefined {
  const given: unknown = options === undefined ? {} : options;
  if (typeof given !== "object" || given === null) return undefined;
  const own: unknown = Reflect.get(given, "execArgv");
  if (own !== undefined && !isStrings(own)) return undefined;
  const args = own ?? process.execArgv;
  const found = flagsIn(args);
  if (own !== undefined && !found.has("--import")) return undefined;
  if (own === undefined) for (const flag of flagsIn([process.env["NODE_OPTIONS"] ?? ""])) found.add(flag);
  if (found.has("--require") || found.has("-r")) return undefined;
  const files = threadFiles();
  if (files === undefined) return undefined;
  const isText = Reflect.get(given, "eval") === true;
  const isImported = found.has("--import") && !isText;
  const flag = isImported ? ["--import", pathToFileURL(files.imported).href] : ["--require", files.required];
  if (flag.every((each) => args.includes(each))) return undefined;
  // With `--import`, Node.js refuses the type of a text for a thread of a file.
  const inEffect = isText ? args : without(args, (name) => name === "--input-type");
  return { own: [...args], all: [...inEffect, ...flag] };
}

interface ThreadFiles {
  readonly imported: string;
  readonly required: string;
}
let loadedFiles: { readonly paths: ThreadFiles | undefined } | undefined;

// The files that make a thread join. They are loaded here first: a thread would end if it could not load its file. Missing in a
// bundled application that is not installed with its packages. There, such threads do not join.
function threadFiles(): ThreadFiles | undefined {
  loadedFiles ??= { paths: loadThreadFiles() };
  return loadedFiles.paths;
}

function loadThreadFiles(): ThreadFiles | undefined {
  try {
    const require = createRequire(import.meta.url);
    if (workerThreads.isMainThread) require(FILE);
    return { imported: require.resolve(FILE), required: require.resolve(REQUIRED) };
  } catch (error) {
    diag.debug(`group: worker threads are not measured: ${errorMessage(error)}`);
    return undefined;
  }
}

// Node.js would take the value of a flag that is missing for the file of the program, and end the flags there.
function without(
  args: readonly string[],
  isLeftOut: (name: string, flag: string) => boolean,
): readonly string[] {
  let isKept = true;
  return args.filter((arg) => {
    if (arg.startsWith("-")) isKept = !isLeftOut(arg.replace(/=[^]*/, ""), arg);
    return isKept;
  });
}

function flagsIn(args: readonly string[]): Set<string | undefined> {
  return new Set([...args.join(" ").matchAll(FLAG)].map(([, flag]) => flag));
}

// Inherited flags may include those of the whole process, which a thread refuses if they are given as its own. They are
// in effect anyway, so they are left out in a second try. If more are refused, the thread does not join. Any other error is the
// application's own: a further try could start a second thread.
function constructed(
  construct: (args: readonly unknown[]) => object,
  given: readonly unknown[],
  flags: readonly string[],
  isSecond = false,
): object {
  const args = argumentsWith(given, flags);
  if (args === undefined) return construct(given);
  try {
    return construct(args);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (isSecond) return construct(given);
    const refused = error.message.slice(error.message.lastIndexOf(": ") + 2).split(", ");
    const left = without(flags, (name, flag) => refused.includes(flag) || refused.includes(name));
    if (left.length === flags.length) throw error;
    return constructed(construct, given, left, true);
  }
}

// Options that cannot be copied are passed as they are: then the thread does not join.
function argumentsWith(given: readonly unknown[], flags: readonly string[]): readonly unknown[] | undefined {
  const [file, options, ...others] = given;
  try {
    return [file, optionsWith(Object(options), flags), ...others];
  } catch {
    return undefined;
  }
}

// Options that are inherited, not enumerable, or only known to a `Proxy` are read from the given object.
function optionsWith(given: object, execArgv: readonly string[]): object {
  return new Proxy(
    { ...given, execArgv },
    { get: (own, key): unknown => Reflect.get(Object.hasOwn(own, key) ? own : given, key) },
  );
}

function isRefusal(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_INVALID_EXEC_ARGV";
}

function isStrings(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((each) => typeof each === "string");
}
