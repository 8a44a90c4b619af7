// What is in memory already when an instrumentation comes, and tells nobody of itself any more.
import { createRequire } from "node:module";
import { join, sep } from "node:path";

const require = createRequire(import.meta.url);

/** Whether that file of a library was loaded, as far as it is CommonJS; without a path, any file of it. */
export function isLoaded({ library, path }: { readonly library: string; readonly path?: string }): boolean {
  const wanted = `${sep}${join("node_modules", library, path ?? "")}`;
  const folder = `${wanted}${sep}`;
  // A file that an ES module imports is there before it is run: its turn is still to come.
  return Object.entries(require.cache).some(
    ([file, module]) =>
      module?.loaded === true && (path === undefined ? file.includes(folder) : file.endsWith(wanted)),
  );
}
