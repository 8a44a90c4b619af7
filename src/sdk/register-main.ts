// `tachymeter/register` in the main thread.
import { fileURLToPath } from "node:url";
import { diag } from "@opentelemetry/api";
import { startedProgram } from "../io/files/packages-above.ts";
import { errorMessage, ownErrorCode } from "../diagnostics/error-message.ts";
import { startOnAnyProvider } from "./start.ts";
import { logToStderr } from "./stderr-logger.ts";

/** Starts Tachymeter. If it cannot start, this is logged, and the application runs without it. */
export function registerMain(): void {
  if (isOwnTool()) return;
  try {
    startOnAnyProvider();
  } catch (error) {
    logToStderr("info");
    const message = `tachymeter/register: not started, so the application runs without it: ${errorMessage(error)}`;
    // A line for each problem of the configuration. An error that is not ours is a file that could not be loaded.
    const lines = message.split("\n");
    if (ownErrorCode(error) !== undefined) for (const line of lines) diag.error(line);
    else diag.error(`${lines[0]}; install tachymeter and @opentelemetry/api again`);
  }
}

// NODE_OPTIONS set for an application apply to the command line tool too. A Tachymeter in it would take over the outbox
// that the tool has to flush.
function isOwnTool(): boolean {
  try {
    const tool = fileURLToPath(new URL("../cli/tachymeter.js", import.meta.url));
    return startedProgram() === tool;
  } catch {
    return false;
  }
}
