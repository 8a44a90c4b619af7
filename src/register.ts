/**
 * `node --import tachymeter/register app.js` (or `--require`): starts Tachymeter before the application, configured by
 * environment variables. If it cannot be loaded or started, this is logged in one line, and the application runs without
 * it. Worker threads start no second one: they join the main thread's.
 *
 * @module tachymeter/register
 */
// This file must load whatever is broken: it imports Node.js' own modules only, by itself or by `tools.ts`, and requires the others. The build writes it
// as CommonJS, too.
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { getEnvironmentData, isMainThread, parentPort, setEnvironmentData } from "node:worker_threads";
import type { registerMain } from "./sdk/register-main.ts";
import { isTool } from "./sdk/tools.ts";

// Whether the main thread runs without Tachymeter. Threads inherit it.
const FAILED = "tachymeter/register: not started";
const require = createRequire(import.meta.url);

if (isTool(process.argv[1])) setEnvironmentData(FAILED, true);
else if (isMainThread) attempt(startMain);
// A thread for loader hooks runs the flags of the thread that has started it. It is not part of the application. Other
// threads get a flag of their own from the main thread.
else if (parentPort !== null && getEnvironmentData(FAILED) === undefined && !process.execArgv.some(joins))
  attempt(() => require("#register-thread"));

function startMain(): void {
  const part: { readonly registerMain: typeof registerMain } = require("#register-main");
  part.registerMain();
}

function joins(flag: string): boolean {
  return flag.endsWith("register-thread.js");
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    setEnvironmentData(FAILED, true);
    write(
      `tachymeter error: tachymeter/register: not started, so the application runs without it: ${reason(error)}\n`,
    );
  }
}

function reason(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).trim().split("\n");
  return `${line}; ${remedy(error instanceof Error && "code" in error ? error.code : undefined)}`;
}

function remedy(code: unknown): string {
  if (process.versions["pnp"] !== undefined)
    return "with Yarn PnP use Node.js 22.12 or newer, or set nodeLinker: node-modules";
  return code === "ERR_REQUIRE_ESM"
    ? `use Node.js 20.19, 22.12 or newer, got ${process.version}`
    : "install tachymeter and @opentelemetry/api again";
}

// Standard error may be closed, and its stream would report this as an uncaught exception.
function write(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Closed.
  }
}
