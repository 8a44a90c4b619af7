// Settings that the main thread leaves for the worker threads, so that these need not read the configuration.
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { isObject } from "../options/check.ts";
import type { FacadeSettings } from "../options/facades.ts";
import type { InstrumentationSettings, LogLevel, OtelName } from "../options/index.ts";
import { VERSION } from "../version.ts";

const KEY = "tachymeter/register";

/** The instrumented libraries of a worker thread. */
export interface LibrarySettings {
  /** Packages whose load starts the instrumentations. */
  readonly libraries: readonly string[];
  /** Diagnostics channels whose first message starts the instrumentations. */
  readonly channels: readonly string[];
  /** Packages for which the thread's loader is hooked. */
  readonly hooked: readonly string[];
  /** Whether the first request that the thread makes starts the instrumentations before it is made. */
  readonly requests: boolean;
}

/** Settings for all worker threads. */
export interface ThreadSettings extends LibrarySettings {
  readonly logLevel: LogLevel;
  /** Whether the main thread measures its worker threads. */
  readonly kernels: boolean;
  /** Whether child processes are counted. */
  readonly commands: boolean;
  /** Whether heap and garbage collection are measured. */
  readonly runtime: boolean;
  readonly instrumentations: InstrumentationSettings;
  readonly otelInstrumentations: readonly OtelName[];
  /** Names of options that cannot be sent to threads, such as functions. */
  readonly lostOptions: readonly string[];
  readonly facades: FacadeSettings;
  /** The folders from which the main thread resolves the application's packages. */
  readonly folders: readonly string[];
}

/** The settings in a thread. */
export interface FoundSettings extends ThreadSettings {
  /** Version of the package in the main thread. */
  readonly version: string;
  /** Shared by all threads: 1 once one of them has logged a notice. */
  readonly noticed: Int32Array;
}

/** Leaves the settings for threads started from now on. Returns a function that removes them. */
export function setThreadSettings(settings: ThreadSettings): () => void {
  const noticed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  setEnvironmentData(KEY, { ...settings, noticed, version: VERSION } satisfies FoundSettings);
  return () => setEnvironmentData(KEY, undefined);
}

/** Returns the settings; `undefined` if the main thread has not started Tachymeter. */
export function threadSettings(): FoundSettings | undefined {
  const found: unknown = getEnvironmentData(KEY);
  return isSettings(found) ? found : undefined;
}

// Another version of the package may have left them, with other fields.
function isSettings(found: unknown): found is FoundSettings {
  return isObject(found) && found["version"] === VERSION;
}
