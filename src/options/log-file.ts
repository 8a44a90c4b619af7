// Options of a log's file.
import { type Checks, durationMillis, whole } from "./check.ts";

/** When a log begins another file, and how many are kept. */
export interface LogFileOptions {
  /** Size at which a new file is begun. @defaultValue 67108864, 64 MiB */
  readonly maxBytes?: number | undefined;
  /** Age at which a new file is begun, in seconds. @defaultValue 86400, a day */
  readonly maxAge?: number | undefined;
  /** How many rotated files are kept; the oldest goes first. @defaultValue 7 */
  readonly maxFiles?: number | undefined;
}

/** The options, parsed. */
export interface LogFileSettings {
  readonly maxBytes?: number | undefined;
  readonly maxAgeMillis?: number | undefined;
  readonly maxFiles?: number | undefined;
}

export const LOG_FILE: Checks<LogFileOptions> = {
  maxBytes: whole(1, Number.MAX_SAFE_INTEGER),
  maxAge: durationMillis,
  maxFiles: whole(1, 10_000),
};
