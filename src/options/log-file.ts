// How the file of a log is kept.
import { type Check, duration, whole } from "./checks.ts";

/** When a log begins another file, and how many are kept; as a log file takes them. */
export interface LogFileSettings {
  readonly maxBytes?: number | undefined;
  readonly maxAge?: number | undefined;
  readonly maxFiles?: number | undefined;
}

/** The names of these settings. */
export const LOG_FILE_OPTIONS = ["maxBytes", "maxAge", "maxFiles"] as const;

const BYTES: Check<number> = whole(1, Number.MAX_SAFE_INTEGER);
const FILES: Check<number> = whole(1, 10_000);

/** Reads them one by one. */
export function logFileSettings(
  read: (name: (typeof LOG_FILE_OPTIONS)[number], check: Check<number>) => number | undefined,
): LogFileSettings {
  return {
    maxBytes: read("maxBytes", BYTES),
    maxAge: read("maxAge", duration),
    maxFiles: read("maxFiles", FILES),
  };
}
