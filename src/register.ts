/**
 * `node --import tachymeter/register app.js` (or `--require`): starts Tachymeter from its environment variables, before
 * the application. What is wrong with them is logged, and the application runs on without it. Worker threads start none.
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
    diag.error(`tachymeter/register: not started, the application runs without it: ${reason}`);
  }
}

// Once in the process, however many threads there are: they share what the main thread has left for them.
function tellThatNothingIsExported(): void {
  const told: unknown = getEnvironmentData(NOTICE);
  if (!(told instanceof Int32Array) || Atomics.exchange(told, 0, 1) !== 0) return;
  // The environment is what the main thread has started from.
  const { logLevel, kernels } = readConfiguration({}, process.env);
  logToStderr(logLevel);
  const known = kernels
    ? "what the main thread knows of them is"
    : "TACHYMETER_KERNELS=true measures them from the main thread";
  diag.info(
    `tachymeter/register: worker threads have no Tachymeter of their own; what they record themselves is not exported, ${known}`,
  );
}

// The main thread counts the child processes of its threads.
function watchCommands(): void {
  if (getEnvironmentData(NOTICE) === undefined) return;
  const settings = readConfiguration({}, process.env).instrumentations["child_process"];
  if (settings === undefined) return;
  watchThreadCommands();
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
