// Options of a log's file.
import { type Checks, duration, whole } from "./check.ts";

/** When a log begins another file, and how many are kept. */
export interface LogFileSettings {
  readonly maxBytes?: number | undefined;
  readonly maxAge?: number | undefined;
  readonly maxFiles?: number | undefined;
}

/** The checks of these. */
export const LOG_FILE: Checks<LogFileSettings> = {
  maxBytes: whole(1, Number.MAX_SAFE_INTEGER),
  maxAge: duration,
  maxFiles: whole(1, 10_000),
};
