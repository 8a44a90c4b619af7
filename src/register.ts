/**
 * `node --import tachymeter/register app.js` (or `--require`): starts Tachymeter before the application, configured by
 * environment variables. If they are invalid, this is logged and the application runs without Tachymeter. Worker
 * threads do not start one.
 *
 * @module tachymeter/register
 */
import { errorMessage } from "./diagnostics/error-message.ts";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { readConfiguration } from "./options/index.ts";
import { watchThreadCommands } from "./sdk/instrumentations.ts";
import { startOnAnyProvider } from "./sdk/start.ts";
import { logToStderr } from "./sdk/stderr-logger.ts";

const NOTICE = "tachymeter/register: worker notice";

if (!isMainThread) {
  tellThatNothingIsExported();
  watchCommands();
} else if (!isOwnTool()) startOrLog();

function startOrLog(): void {
  try {
    startOnAnyProvider();
    setEnvironmentData(NOTICE, new Int32Array(new SharedArrayBuffer(4)));
  } catch (error) {
    logToStderr("info");
    const reason = errorMessage(error);
    diag.error(`tachymeter/register: not started, so the application runs without it: ${reason}`);
  }
}

// Logged once in the process: all worker threads share the flag that the main thread has set for them.
function tellThatNothingIsExported(): void {
  const told: unknown = getEnvironmentData(NOTICE);
  if (!(told instanceof Int32Array) || Atomics.exchange(told, 0, 1) !== 0) return;
  // The main thread was configured from the same environment.
  const { logLevel, kernels } = readConfiguration({}, process.env);
  logToStderr(logLevel);
  const known = kernels
    ? "the main thread measures them"
    : "set TACHYMETER_KERNELS=true to measure them from the main thread";
  diag.info(
    `tachymeter/register: Tachymeter is not started in worker threads, so their own measurements are not exported; ${known}`,
  );
}

// The main thread counts the child processes of its threads.
function watchCommands(): void {
  if (getEnvironmentData(NOTICE) === undefined) return;
  const settings = readConfiguration({}, process.env).instrumentations["child_process"];
  if (settings === undefined) return;
  watchThreadCommands();
}

// NODE_OPTIONS set for an application apply to the command line tool too. A Tachymeter in it would take over the outbox
// that the tool has to flush.
function isOwnTool(): boolean {
  try {
    const tool = fileURLToPath(new URL("./cli/tachymeter.js", import.meta.url));
    return realpathSync(process.argv[1] ?? "") === tool;
  } catch {
    return false;
  }
}
