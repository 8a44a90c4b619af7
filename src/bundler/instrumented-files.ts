// Finds the files of instrumented libraries among those that a bundler loads, by the same list as at run time.
import { join, normalize } from "node:path";
import {
  type Instrumented,
  type InstrumentedFile,
  isOlder,
  isSupported,
  type OptionTable,
  refusal,
} from "../../instrumentations/shared/instrumented.ts";
import { entriesOf, folderOfPackage, packageIn } from "../../instrumentations/shared/package-files.ts";
import { isPresent, manifestIn } from "../io/files/packages-above.ts";

/** A file that has to be instrumented. */
export interface FoundFile extends InstrumentedFile {
  /** The instrumentation's name. */
  readonly instrumentation: string;
  /** The version of the installed package. */
  readonly version: string;
}

/** The list of instrumentations, without their code. */
export type InstrumentedList = readonly Instrumented<never, OptionTable>[];

/** Matches the names of all instrumented libraries. */
export function libraryNames(all: InstrumentedList): RegExp {
  return new RegExp(`^(?:${namesOf(all).join("|")})$`);
}

/** Matches the paths of all files of instrumented libraries. For esbuild, it is limited to the syntax of Go. */
export function libraryFiles(all: InstrumentedList): RegExp {
  const names = namesOf(all).join("|").replaceAll("/", "[\\\\/]");
  return new RegExp(`[\\\\/]node_modules[\\\\/](?:${names})[\\\\/].*\\.[cm]?js$`);
}

function namesOf(all: InstrumentedList): readonly string[] {
  return [...new Set(all.flatMap(({ files }) => files.map(({ library }) => library)))];
}

/** Whether a file is instrumented when it is loaded. */
export function isInstrumented(loaded: string, all: InstrumentedList): boolean {
  return packageIn(normalize(loaded)) !== "" && typeof findInstrumented(loaded, all) === "object";
}

/**
 * The description of a loaded file of a library that has to be instrumented. Returns a text if the installed version is not supported:
 * the reason, which is the same as in the log at run time.
 */
export function findInstrumented(loaded: string, all: InstrumentedList): FoundFile | string | undefined {
  const loadedFile = normalize(loaded);
  const [library, folder] = [packageIn(loadedFile), folderOfPackage(loadedFile)];
  const path = loadedFile.slice(folder.length + 1).replaceAll("\\", "/");
  const instrumented = all.find(({ files }) => files.some((file) => file.library === library));
  if (instrumented === undefined) return undefined;
  const { name: instrumentation, files, publishedSince } = instrumented;
  const ofLibrary = files.filter((file) => file.library === library);
  const manifest = manifestIn(folder) ?? {};
  const version = typeof manifest.version === "string" ? manifest.version : "of an unknown version";
  const supported = ofLibrary.filter(({ versions }) => isSupported(version, versions));
  const isEntry = entriesOf(manifest).has(path);
  const isFile = (file: InstrumentedFile): boolean =>
    path === file.bundled || path === file.path || (file.path === undefined && isEntry);
  if (supported.length === 0) {
    const first = ofLibrary.find((file) => file.path === undefined || isPresent(join(folder, file.path)));
    // Reported for one of its files only.
    return first !== undefined && isFile(first) ? refusal(instrumented, library, version) : undefined;
  }
  const file = supported.find(isFile);
  if (file === undefined) return undefined;
  // Its channels show all that the entry would.
  const isPublishing = publishedSince !== undefined && !isOlder(version, publishedSince);
  return file.path === undefined && isPublishing ? undefined : { ...file, instrumentation, version };
}
