// What is known of an instrumentation before its code is loaded.
import type { OptionCheck, OptionChecks } from "./options.ts";
import type { Recording } from "./recording.ts";

/** A file of a library in which an instrumentation replaces something. */
export interface InstrumentedFile {
  /** The package's name. */
  readonly library: string;
  /**
   * Its path in the package: `lib/channel.js`. Without it the package's entry, which is seen only if the application
   * requires it, or by the loader hook: so an inner file if there is one.
   */
  readonly path?: string;
  /** An export that is replaced, which bundlers make read-only: then the file's exports are replaced as a whole. */
  readonly replaces?: string;
  /** Versions that it was tried with, as ranges: `>=5.0.2 <6`. Other versions are left alone. */
  readonly versions: readonly string[];
}

/** Whether two descriptions mean one file. A loader such as tsx may load this package twice, so identity does not tell. */
export function isSameFile(a: InstrumentedFile, b: InstrumentedFile): boolean {
  return a.library === b.library && a.path === b.path;
}

/** Options by their names, of whichever instrumentation. */
export type OptionTable = Readonly<Record<string, OptionCheck>>;

/** Where an instrumentation looks, and what it takes. */
export interface Instrumented<Config, Options = OptionChecks<Config>> {
  /** As it is switched: `mqtt`. */
  readonly name: string;
  readonly options: Options;
  /** None if Node.js itself publishes all that happens. */
  readonly files: readonly InstrumentedFile[];
  /** Whether it records before a library is loaded. @defaultValue if there are no files */
  readonly beginsAtOnce?: boolean;
  /** What becomes of a library that was loaded before, for the log. @defaultValue "is not measured" */
  readonly lossOfLateStart?: string;
  /** Whether an ES module can import its packages unseen without the loader hook. @defaultValue true */
  needsLoaderHook?(config: Config): boolean;
}

/** Replaces what is to be replaced in the exports of one of the files. Throws if it is not what it should be. */
export type Attach = (exports: unknown, file: InstrumentedFile) => void;

/** Begins to record. Called anew after a change of the configuration or the meter provider. */
export type Begin<Config> = (recording: Recording<Config>) => Attach | undefined;
