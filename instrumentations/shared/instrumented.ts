// Description of an instrumentation, available before its code is loaded.
import type { OptionCheck, OptionChecks } from "./options.ts";
import type { Recording } from "./recording.ts";

/** A file of a library in which an instrumentation replaces something. */
export interface InstrumentedFile {
  /** The package's name. */
  readonly library: string;
  /**
   * The path in the package: `lib/channel.js`; without it, the package's entry. The entry is only seen if the
   * application requires it, or by the loader hook, so that an inner file is preferable.
   */
  readonly path?: string;
  /** Whether the file is an ES module, which only the loader hook sees. */
  readonly isModule?: boolean;
  /** The ES module that bundlers take in its place: `dist/esm/classes/job.js`. */
  readonly bundled?: string;
  /**
   * Names of replaced exports. Bundlers make exports read-only, in which case the exports of the file are replaced as
   * a whole.
   */
  readonly replaces?: readonly string[];
  /**
   * A method of the file's class that every use of the library calls. A version that is not supported is logged when it
   * is called, since packages load clients that they never use.
   */
  readonly usedBy?: string;
  /** Tested versions, as ranges: `>=5.0.2 <6`. Other versions are not instrumented. */
  readonly versions: readonly string[];
}

/**
 * Whether two descriptions mean the same file. A loader such as tsx may load this package twice, so identity is not
 * enough.
 */
export function isSameFile(a: InstrumentedFile, b: InstrumentedFile): boolean {
  return a.library === b.library && a.path === b.path;
}

/**
 * Whether a version is in a range such as `>=5.0.2 <6`, or is the only one in it. A prerelease is in no other range. Build metadata
 * is not compared.
 */
export function isSupported(given: string, ranges: readonly string[]): boolean {
  const [version = ""] = given.split("+", 1);
  const isWithin = (limit: string): boolean => {
    if (limit.startsWith(">=")) return !isOlder(version, limit.slice(2));
    return limit.startsWith("<") ? isOlder(version, limit.slice(1)) : version === limit;
  };
  if (version.includes("-")) return ranges.includes(version);
  return ranges.some((range) => range.split(" ").every(isWithin));
}

/** Whether `version` is below `than`, both numbers with points between them; missing numbers are 0. */
export function isOlder(version: string, than: string): boolean {
  const [own, other] = [version.split(".").map(Number), than.split(".").map(Number)];
  // Not `localeCompare`, which loads the rules of a language: 5 ms.
  for (let i = 0; i < Math.max(own.length, other.length); i++) {
    const difference = (own[i] ?? 0) - (other[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The message for a version of a library that an instrumentation with these files does not support. */
export function refusal(
  { name, files }: Pick<Instrumented<unknown, OptionTable>, "name" | "files">,
  library: string,
  version: string,
): string {
  const ranges = files.filter((file) => file.library === library).flatMap(({ versions }) => versions);
  const supported = [...new Set(ranges)].join(" and ");
  return `instrumentation ${name}: ${library} ${version} is not instrumented; supported versions: ${supported}`;
}

/** Options of any instrumentation, by name. */
export type OptionTable = Readonly<Record<string, OptionCheck>>;

/** Files that an instrumentation looks for, and its options. */
export interface Instrumented<Config, Options = OptionChecks<Config>> {
  /** Name by which it is enabled and disabled: `mqtt`. */
  readonly name: string;
  readonly options: Options;
  /** Empty if Node.js itself publishes everything that is needed. */
  readonly files: readonly InstrumentedFile[];
  /**
   * Diagnostics channels on which its figures begin. In a worker thread, the first message of one of them starts the
   * instrumentation, if no file of a library has started it before.
   */
  readonly channels?: readonly string[];
  /**
   * The first version that publishes on these channels. A message while no file of such a version is loaded comes from a bundle:
   * it starts the instrumentation, with `isBundled`.
   */
  readonly publishedSince?: string;
  /** Whether it records before a library is loaded. @defaultValue `true` if there are no files */
  readonly beginsAtOnce?: boolean;
  /**
   * For what is part of Node.js: calls `begin` before the first use, once or several times, so that the code is loaded only then.
   * Returns a function that ends the waiting.
   */
  onFirstUse?(begin: () => void): () => void;
  /** The effect on a library that was loaded earlier, for the log. @defaultValue "is not measured" */
  readonly lossOfLateStart?: string;
  /**
   * Whether a library that was loaded earlier is instrumented, too. It keeps no copies of what is replaced, or all of its
   * objects can be found.
   */
  readonly attachesLate?: boolean;
  /** Whether it has figures for the last collection, at the shutdown, and so ends after it. */
  readonly endsLast?: boolean;
  /** Whether an ES module can import package `library` unseen without the loader hook. @defaultValue true */
  needsLoaderHook?(config: Config, library: string): boolean;
}

/** Installs the replacements in the exports of one of the files. Throws if they are not as expected. */
export type Attach = (exports: unknown, file: InstrumentedFile) => void;

/** Starts recording. Called again after a change of the configuration or the meter provider. */
export type Begin<Config> = (recording: Recording<Config>) => Attach | undefined;
