import { resolve } from "node:path";
import { errorMessage } from "../../diagnostics/error-message.ts";

/** Resolves a path. Throws an error with a remedy if it is relative and the working directory is gone. */
export function absolutePath(path: string): string {
  try {
    return resolve(path);
  } catch (cause) {
    throw new Error(`the working directory cannot be found (${errorMessage(cause)}); use an absolute path`, {
      cause,
    });
  }
}
