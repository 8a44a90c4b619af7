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

function ownFolders(): readonly string[] {
  const folders = [process.cwd()];
  try {
    folders.push(dirname(realpathSync(process.argv[1] ?? "")));
  } catch {
    // Without a program: `node --eval`.
  }
  return folders;
}
