// The application's own packages.
import { realpathSync } from "node:fs";
import { dirname } from "node:path";

/** The folders from which the application's packages are resolved: the working directory and the program's folder. */
export function applicationFolders(): readonly string[] {
  const folders = [process.cwd()];
  try {
    folders.push(dirname(realpathSync(process.argv[1] ?? "")));
  } catch {
    // Without a program: `node --eval`.
  }
  return folders;
}
