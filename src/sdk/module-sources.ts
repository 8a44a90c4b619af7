// Libraries that ES modules import, in the main thread of Node.js 20. Its own loader reads their sources by
// `fs.promises.readFile`, and loads CommonJS modules by `Module._load`. Both are replaced. Hooks would have a thread,
// which takes 70 ms of CPU, 12 MiB, and 1 ms for each module of the application.
import { promises } from "node:fs";
import module, { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import { diag } from "@opentelemetry/api";
import { reportLoaded } from "../../instrumentations/shared/library-files.ts";
import { packageIn } from "../../instrumentations/shared/package-files.ts";
import type { InstrumentedList } from "../bundler/instrumented-files.ts";
import { transformed } from "../bundler/transformed.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { replaceMethod } from "../recording/replace-method.ts";

/**
 * Makes the files of `libraries` report themselves, as in a bundle, when ES modules import them. If the application registers hooks of
 * its own, Node.js reads all later sources in their thread: `onHooks` is called before.
 *
 * @param all the list in which the files are found.
 */
export function changeSources(
  all: InstrumentedList,
  libraries: readonly string[],
  onHooks: () => void,
): void {
  const isOfLibrary = (path: unknown): path is string =>
    typeof path === "string" && libraries.includes(packageIn(path));
  let hasHooks = false;
  replaceMethod(promises, "readFile", (call, args) => {
    const path = args.length === 1 && isPlain(args[0]) ? pathOf(args[0]) : undefined;
    return isOfLibrary(path) && isOfLoader() ? changed(path, call(), all) : call();
  });
  replaceMethod(module, "_load", (call, args) => {
    const [path, requiring] = args;
    const exports = call();
    // Only its ES modules load a file without a module that requires it.
    if ((requiring ?? undefined) === undefined && isOfLibrary(path) && !hasHooks) reportLoaded(path);
    return exports;
  });
  replaceMethod(module, "register", (call) => {
    if (!hasHooks) {
      hasHooks = true;
      onHooks();
    }
    return call();
  });
  syncBuiltinESMExports();
}

// With a query, a file would import itself as another module.
function isPlain(url: unknown): url is URL {
  return url instanceof URL && url.protocol === "file:" && url.search === "" && url.hash === "";
}

// `undefined` for a URL that `readFile` refuses.
function pathOf(url: URL): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

// The application may read such a file, too.
function isOfLoader(): boolean {
  const { stack } = new Error("of the loader");
  return String(stack).includes("node:internal/modules/esm/load:");
}

async function changed(path: string, reading: unknown, all: InstrumentedList): Promise<unknown> {
  const source = await reading;
  try {
    const { code, problem } = transformed(path, () => String(source), all);
    if (problem !== undefined) diag.warn(problem);
    return code === undefined ? source : Buffer.from(code);
  } catch (error) {
    diag.warn(`${path} is not instrumented: ${errorMessage(error)}`);
    return source;
  }
}
