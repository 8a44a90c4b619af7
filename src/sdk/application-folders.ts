// Where the application's own packages are found.
import { realpathSync } from "node:fs";
import { dirname } from "node:path";

/** The folders from which packages of the application are looked up: the working directory, and the program's own. */
export function applicationFolders(): readonly string[] {
  const folders = [process.cwd()];
  try {
    folders.push(dirname(realpathSync(process.argv[1] ?? "")));
  } catch {
    // There is no program: `node --eval`.
  }
  return folders;
}
