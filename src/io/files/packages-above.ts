import { existsSync, realpathSync } from "node:fs";
import { readTextSync } from "./open-file.ts";
import { dirname, join } from "node:path";

/** Whether something optional is there. Not if the process may not look: `existsSync` throws under Node's permissions. */
export function isPresent(path: string): boolean {
  try {
    return existsSync(path);
  } catch {
    return false;
  }
}

/** The file of the program that runs, without symbolic links, as those of globally installed packages. */
export function startedProgram(): string | undefined {
  const program = process.argv[1];
  try {
    return program === undefined ? undefined : realpathSync(program);
  } catch {
    // An argument of `node --eval`.
    return program;
  }
}

/** The fields of a package.json that are read; they may have any type. */
export interface PackageManifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly main?: unknown;
  readonly module?: unknown;
  readonly exports?: unknown;
}

/** Each package.json in the folders above `file`, the nearest first. Unreadable ones are skipped. */
export function* packagesAbove(file: string): Generator<PackageManifest, void> {
  for (const folder of foldersUpFrom(dirname(file))) {
    const manifest = manifestIn(folder);
    if (manifest !== undefined) yield manifest;
  }
}

/** `folder` and each folder above it, up to the root of the file system. */
export function* foldersUpFrom(folder: string): Generator<string, void> {
  for (let current = folder; ; current = dirname(current)) {
    yield current;
    if (current === dirname(current)) return;
  }
}

/** The package.json in `folder`, if it is there and can be read. */
export function manifestIn(folder: string): PackageManifest | undefined {
  try {
    const text = readTextSync(join(folder, "package.json"));
    const { name, version, main, module, exports }: PackageManifest = JSON.parse(text);
    return { name, version, main, module, exports };
  } catch {
    return undefined;
  }
}
