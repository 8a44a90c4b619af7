// Settings that the main thread's `tachymeter/register` leaves for the worker threads, so that these need not read the
// configuration.
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import type { LogLevel } from "../options/index.ts";

const KEY = "tachymeter/register";

/** Settings for all worker threads. */
export interface ThreadSettings {
  readonly logLevel: LogLevel;
  /** Whether the main thread measures its worker threads. */
  readonly kernels: boolean;
  /** Whether child processes are counted. */
  readonly commands: boolean;
}

/** The settings in a thread. */
export interface FoundSettings extends ThreadSettings {
  /** Shared by all threads: 1 once one of them has logged the notice. */
  readonly noticed: Int32Array;
}

/** Leaves the settings for threads started from now on. */
export function setThreadSettings(settings: ThreadSettings): void {
  const noticed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  setEnvironmentData(KEY, { ...settings, noticed } satisfies FoundSettings);
}

/** Returns the settings; `undefined` if the main thread has not started Tachymeter by `tachymeter/register`. */
export function threadSettings(): FoundSettings | undefined {
  const found: unknown = getEnvironmentData(KEY);
  return isSettings(found) ? found : undefined;
}

// Another version of the package may have left them.
function isSettings(found: unknown): found is FoundSettings {
  return (
    typeof found === "object" &&
    found !== null &&
    "noticed" in found &&
    found.noticed instanceof Int32Array &&
    "logLevel" in found &&
    typeof found.logLevel === "string" &&
    "kernels" in found &&
    "commands" in found
  );
}
