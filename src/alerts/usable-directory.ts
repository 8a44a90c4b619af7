import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { makeFolderSync } from "../io/files/open-file.ts";

/** Makes the folder of the state if needed. Returns `undefined` if this fails: alerts work without it. */
export function usableDirectory(directory: string | undefined): string | undefined {
  if (directory === undefined) return undefined;
  try {
    makeFolderSync(directory, 0o700);
    return directory;
  } catch (error) {
    diag.error(
      `alerts: folder "${directory}" cannot be made (${errorMessage(error)}); alerts do not survive this process`,
    );
    return undefined;
  }
}
