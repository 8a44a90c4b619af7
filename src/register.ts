/**
 * `node --import tachymeter/register app.js` (or `--require`): starts Tachymeter from its environment variables, before
 * the application. What is wrong with them is logged, and the application runs on without it. Worker threads start none.
 *
 * @module tachymeter/register
 */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { startOnAnyProvider } from "./start.ts";
import { logToStderr } from "./stderr-logger.ts";

if (isMainThread && !isOwnTool()) startOrLog();

function startOrLog(): void {
  try {
    startOnAnyProvider();
  } catch (error) {
    logToStderr("info");
    const reason = error instanceof Error ? error.message : String(error);
    diag.error(`tachymeter/register: not started, the application runs without it: ${reason}`);
  }
}

// With NODE_OPTIONS set for an application, the command line tool runs with them too: one of ours in it would take over
// the very outbox that it is to flush.
function isOwnTool(): boolean {
  try {
    const tool = fileURLToPath(new URL("./cli/tachymeter.js", import.meta.url));
    return realpathSync(process.argv[1] ?? "") === tool;
  } catch {
    return false;
  }
}
