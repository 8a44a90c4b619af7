import { linkSync, rmSync, writeFileSync } from "node:fs";
import { errorCode } from "../../diagnostics/error-message.ts";
import { temporaryFileBeside } from "../../io/files/replace.ts";
import { FILE_MODE } from "./state-files.ts";

/**
 * Creates a file with its whole content at once, unless it exists. If several processes try, only one succeeds.
 *
 * @returns whether it was this process.
 * @throws the system's error.
 */
export function publishOnce(path: string, text: string): boolean {
  const temporary = temporaryFileBeside(path);
  try {
    writeFileSync(temporary, text, { flag: "wx", mode: FILE_MODE });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
