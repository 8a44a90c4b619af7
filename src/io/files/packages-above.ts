import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a package.json may say. */
export interface PackageManifest {
  readonly name?: unknown;
  readonly version?: unknown;
}

/** Each package.json in the folders above `file`, the nearest first. Those that cannot be read are left out. */
export function* packagesAbove(file: string): Generator<PackageManifest, void> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = manifestIn(folder);
    if (manifest !== undefined) yield manifest;
    if (folder === dirname(folder)) return;
  }
}

function manifestIn(folder: string): PackageManifest | undefined {
  try {
    const { name, version }: PackageManifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { name, version };
  } catch {
    return undefined;
  }
}
