import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { absolutePath } from "../../io/files/absolute-path.ts";

// Folders of drivers and container runtimes that are not always on the PATH.
const FURTHER_FOLDERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ["/usr/bin", "/usr/local/nvidia/bin", "/usr/lib/wsl/lib", "/run/current-system/sw/bin", "/opt/bin"],
};

/**
 * Returns the absolute path of a program; `undefined` if it is not found. A name is looked up in the absolute folders of
 * `PATH`, never in the working directory, and then in the folders of drivers.
 */
export function findProgram(command: string): string | undefined {
  if (/[\\/]/.test(command)) {
    const path = absolutePath(command);
    return isProgram(path) ? path : undefined;
  }
  const name = process.platform === "win32" && !command.endsWith(".exe") ? `${command}.exe` : command;
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter).filter((folder) => isAbsolute(folder)),
    ...(FURTHER_FOLDERS[process.platform] ?? []),
  ];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
