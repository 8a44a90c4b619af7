// Files of packages, by their paths.
import module from "node:module";
import { isAbsolute, posix, resolve, sep } from "node:path";
import type { PackageManifest } from "../../src/io/files/packages-above.ts";
import { fieldOf, isObject } from "./fields.ts";

const FOLDER = `${sep}node_modules${sep}`;

/** The name of the package that a call of `require` with `id` in module `requiring` loads a file of; `""` if it is of none. */
export function requiredPackage(id: unknown, requiring: unknown): string {
  // Node.js reports it.
  if (typeof id !== "string") return "";
  if (isAbsolute(id)) return packageIn(resolve(id));
  if (id.startsWith(".")) {
    const folder = String(Reflect.get(Object(requiring), "path"));
    return packageIn(id.includes("/node_modules/") ? resolve(folder, id) : folder + sep);
  }
  // An import such as `#internal` is of any package.
  return id.startsWith("#") ? packageIn(requiredFile(id, requiring) ?? "") : nameIn(id, "/");
}

/** The path of the file that a call of `require` with `id` in module `requiring` loads; `undefined` if it is missing. */
export function requiredFile(id: unknown, requiring: unknown): string | undefined {
  try {
    // Node's types lack it. A `require` made for the module would have to be made each time.
    return String(Reflect.apply(Reflect.get(module, "_resolveFilename"), module, [id, requiring]));
  } catch {
    return undefined;
  }
}

/** The name of the package with a file; `""` outside of packages. */
export function packageIn(path: string): string {
  const start = startIn(path);
  return start === -1 ? "" : nameIn(path.slice(start), sep);
}

/** The folder of the package with a file. */
export function folderOfPackage(path: string): string {
  return path.slice(0, startIn(path) + packageIn(path).length);
}

/** The files that a bundler, or an import, may take for the package, by the fields of its manifest. */
export function entriesOf(manifest: PackageManifest): Set<string> {
  const { main = "index.js", module: ofBundlers, exports } = manifest;
  const targets = [main, ofBundlers, ...leavesOf(fieldOf(exports, ".") || exports)];
  const paths = targets.flatMap((each) => (typeof each === "string" ? posix.join(each) : []));
  return new Set(paths.flatMap((path) => [path, `${path}.js`, `${path}/index.js`]));
}

function leavesOf(target: unknown): readonly unknown[] {
  return isObject(target) ? Object.values(target).flatMap(leavesOf) : [target];
}

function startIn(path: string): number {
  const start = path.lastIndexOf(FOLDER);
  return start === -1 ? -1 : start + FOLDER.length;
}

function nameIn(path: string, separator: string): string {
  return path.split(separator, path.startsWith("@") ? 2 : 1).join("/");
}
