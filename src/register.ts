/**
 * `node --import tachymeter/register app.js` (or `--require`): starts Tachymeter from its environment variables, before
 * the application. What is wrong with them is logged, and the application runs on without it. Worker threads start none.
 *
 * @module tachymeter/register
 */
import { isMainThread } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { startOnAnyProvider } from "./start.ts";
import { logToStderr } from "./stderr-logger.ts";

if (isMainThread) startOrLog();

function startOrLog(): void {
  try {
    startOnAnyProvider();
  } catch (error) {
    logToStderr("info");
    const reason = error instanceof Error ? error.message : String(error);
    diag.error(`tachymeter/register: not started, the application runs without it: ${reason}`);
  }
}
