// What is in memory already when a hook comes, and tells nobody of itself any more.
import { createRequire } from "node:module";
import { join, sep } from "node:path";

const require = createRequire(import.meta.url);

/** Whether that file of a library was loaded, as far as it is CommonJS; without a path, any file of it. */
export function isLoaded({ library, path }: { readonly library: string; readonly path?: string }): boolean {
  const wanted = `${sep}${join("node_modules", library, path ?? "")}`;
  const folder = `${wanted}${sep}`;
  return Object.keys(require.cache).some((file) =>
    path === undefined ? file.includes(folder) : file.endsWith(wanted),
  );
}
