// The application's own packages.
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { isMainThread } from "node:worker_threads";
import { threadSettings } from "./thread-settings.ts";

/**
 * The folders from which the application's packages are resolved: the working directory and the program's folder. In a
 * worker thread, they are those of the main thread: a thread's program may be a package, as in a pool.
 */
export function applicationFolders(): readonly string[] {
  return (isMainThread ? undefined : threadSettings()?.folders) ?? ownFolders();
}

// The working directory may be removed, and the program may be missing: `node --eval`.
function ownFolders(): readonly string[] {
  return [() => process.cwd(), () => dirname(realpathSync(process.argv[1] ?? ""))].flatMap((find) => {
    try {
      return [find()];
    } catch {
      return [];
    }
  });
}
