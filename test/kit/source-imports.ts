import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, posix, resolve, sep } from "node:path";

const repository = resolve(import.meta.dirname, "../..");

/** The source file of each entry point of the package, by the specifier in users' imports. */
export const ownEntryPoints: ReadonlyMap<string, string> = entryPoints();

// The source file of each of the package's own imports in package.json, such as `#on-demand`; `*` is the variable part.
const ownImports = sources("imports");

/** One import, re-export or dynamic import of a source file. Paths are relative to the repository, with `/`. */
export interface SourceImport {
  readonly file: string;
  /** The specifier in the source. */
  readonly specifier: string;
  /** The imported file for a relative specifier, or for one of package.json; otherwise the specifier itself. */
  readonly target: string;
}

/** Every TypeScript file in the folders and their subfolders. */
export function sourceFiles(...folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => entries(folder))
    .filter((path) => /\.tsx?$/.test(path))
    .toSorted();
}

/** Every subfolder that directly contains TypeScript files. */
export function sourceFolders(...folders: readonly string[]): string[] {
  return [...new Set(sourceFiles(...folders).map((file) => posix.dirname(file)))];
}

/** Every import of the files, type-only and dynamic ones included. */
export function importsOf(files: readonly string[]): SourceImport[] {
  return files.flatMap((file) =>
    specifiersOf(readFileSync(join(repository, file), "utf8")).map((specifier) => ({
      file,
      specifier,
      target: specifier.startsWith(".")
        ? posix.join(posix.dirname(file), specifier)
        : (ownEntryPoints.get(specifier) ?? ownImport(specifier) ?? specifier),
    })),
  );
}

/** The files that a file loads when it runs: its static imports, without those of types. */
export function runtimeImportsOf(file: string): string[] {
  if (!/\.tsx?$/.test(file)) return [];
  const code = readFileSync(join(repository, file), "utf8").replaceAll(
    /\b(?:import|export) type\b[^;]*;/g,
    "",
  );
  return specifiersOf(code.replaceAll(/\bimport\(/g, "")).map((specifier) =>
    specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier,
  );
}

/** The specifiers imported by a source text; those in comments are ignored. */
export function specifiersOf(source: string): string[] {
  const code = source
    .split("\n")
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
    .join("\n");
  const forms = [
    /^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/gm,
    /^\s*import\s*["']([^"']+)["']/gm,
    /\b(?:import|require)\(\s*["'`]([^"'`]+)["'`]/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ""));
}

function entries(folder: string): string[] {
  const root = join(repository, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(root, path)).isFile())
    .map((path) => posix.join(folder, path.split(sep).join("/")));
}

function ownImport(specifier: string): string | undefined {
  for (const [name, source] of ownImports) {
    const [start = "", end] = name.split("*");
    if (end === undefined ? specifier === name : specifier.startsWith(start))
      return source.replace("*", specifier.slice(start.length));
  }
  return undefined;
}

function entryPoints(): Map<string, string> {
  return new Map([...sources("exports")].map(([name, source]) => [posix.join("tachymeter", name), source]));
}

function sources(field: "exports" | "imports"): Map<string, string> {
  const manifest: Record<typeof field, Record<string, string | Record<string, string>>> = JSON.parse(
    readFileSync(join(repository, "package.json"), "utf8"),
  );
  return new Map(
    Object.entries(manifest[field]).flatMap(([name, conditions]) => {
      const source = typeof conditions === "string" ? undefined : conditions["tachymeter-source"];
      return source === undefined ? [] : [[name, posix.normalize(source)]];
    }),
  );
}
