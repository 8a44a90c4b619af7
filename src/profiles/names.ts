// Functions of profiles as people know them: by source maps, package names and relative paths.
import { statSync } from "node:fs";
import { SourceMap } from "node:module";
import { isAbsolute, join, dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { functionText } from "../diagnostics/function-text.ts";
import { readTextSync } from "../io/files/open-file.ts";
import type { HotRawFunction, RawFunction } from "./hot-functions.ts";
import type { HotFunction } from "./messages.ts";
import { packageOf } from "./package-of.ts";

const MAX_NAME = 128;
const MAX_PATH = 256;
// A longer URL has no path, but a program.
const MAX_URL = 4_096;
// Larger files are not read: their map would fill the memory of the thread.
const MAX_MAP_BYTES = 32 * 1024 ** 2;
const MAX_MAPS = 16;
const ANONYMOUS = "anonymous";

/** A function of a source file. Lines are from 1. */
type NamedFunction = Pick<HotFunction, "function" | "file" | "line" | "package">;

/** Names functions; reads the source maps of their files. */
export class FunctionNames {
  readonly #directory: string;
  readonly #maps = new Map<string, FileMap | undefined>();

  /** @param directory to which paths are relative. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The names of functions that took time. */
  named({ share, native, caller, ...raw }: HotRawFunction): HotFunction {
    return {
      ...this.of(raw),
      ...(native === undefined ? {} : { native: cut(native, MAX_NAME) }),
      ...(caller === undefined ? {} : { caller: functionText(this.of(caller)) }),
      share: Math.round(share * 1_000) / 1_000,
    };
  }

  of(raw: RawFunction): NamedFunction {
    const { function: name, line } = raw;
    const url = raw.url.slice(0, MAX_URL);
    if (url === "") return { function: cut(name === "" ? ANONYMOUS : name, MAX_NAME) };
    const path = pathFrom(url);
    const mapped = path === undefined ? undefined : this.#mapOf(path)?.find(raw);
    const file = mapped?.file ?? path ?? withoutContent(url);
    const inPackage = packageOf(file);
    return {
      function: cut(mapped?.name ?? (name === "" ? ANONYMOUS : name), MAX_NAME),
      file: cut(this.#relative(file), MAX_PATH),
      line: (mapped?.line ?? line) + 1,
      ...(inPackage === undefined ? {} : { package: cut(inPackage, MAX_NAME) }),
    };
  }

  #relative(file: string): string {
    if (!isAbsolute(file)) return file;
    const path = relative(this.#directory, file);
    // The path of a file elsewhere, such as that of a global package, begins with `node_modules`.
    if (path.startsWith("..")) return file.slice(Math.max(0, file.lastIndexOf("node_modules")));
    return path.replaceAll("\\", "/");
  }

  #mapOf(path: string): FileMap | undefined {
    if (this.#maps.has(path)) return this.#maps.get(path);
    if (this.#maps.size >= MAX_MAPS) this.#maps.clear();
    const map = FileMap.of(path);
    this.#maps.set(path, map);
    return map;
  }
}

/** The source map of a file of JavaScript. */
class FileMap {
  readonly #map: SourceMap;
  readonly #folder: string;

  private constructor(map: SourceMap, folder: string) {
    this.#map = map;
    this.#folder = folder;
  }

  /** Reads the map that lies beside a file, or in it. `undefined` without one, or if it is damaged. */
  static of(path: string): FileMap | undefined {
    try {
      const text = mapTextOf(path);
      return text === undefined ? undefined : new FileMap(new SourceMap(JSON.parse(text)), dirname(path));
    } catch {
      return undefined;
    }
  }

  find({
    function: name,
    line,
    column,
  }: RawFunction): { name?: string; file: string; line: number } | undefined {
    // V8's position of a function is behind its name.
    const entry: object = this.#map.findEntry(line, Math.max(0, column - name.length));
    const source: unknown = Reflect.get(entry, "originalSource");
    const original: unknown = Reflect.get(entry, "originalLine");
    const known: unknown = Reflect.get(entry, "name");
    if (typeof source !== "string" || typeof original !== "number") return undefined;
    const file = source.startsWith("file:") ? fileURLToPath(source) : source;
    return {
      ...(typeof known === "string" && known !== "" ? { name: known } : {}),
      file: isAbsolute(file) || /^[a-z][\w+.-]+:/i.test(file) ? file : join(this.#folder, file),
      line: original,
    };
  }
}

function mapTextOf(path: string): string | undefined {
  if (statSync(path).size > MAX_MAP_BYTES) return undefined;
  const code = readTextSync(path);
  // The last one counts.
  const at = code.lastIndexOf("//# sourceMappingURL=");
  if (at < 0) return undefined;
  const [, url = ""] = /=(\S+)/.exec(code.slice(at)) ?? [];
  const [, base64] = /^data:application\/json[^,]*;base64,(.+)$/.exec(url) ?? [];
  if (base64 !== undefined) return Buffer.from(base64, "base64").toString("utf8");
  if (/^[a-z][\w+.-]+:/i.test(url)) return undefined;
  const file = fileURLToPath(new URL(url, pathToFileURL(path)));
  return statSync(file).size > MAX_MAP_BYTES ? undefined : readTextSync(file);
}

function pathFrom(url: string): string | undefined {
  try {
    if (url.startsWith("file:")) return fileURLToPath(url);
  } catch {
    // Not a path of this system.
  }
  return isAbsolute(url) ? url : undefined;
}

// A `data:` URL is a program; the query of another one may hold a secret.
function withoutContent(url: string): string {
  return url.startsWith("data:") ? "data:" : url.split(/[?#]/, 1).join();
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}
