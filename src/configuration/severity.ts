// Severities of the format as log levels.
import { check } from "../options/check.ts";
import type { LogLevel } from "../options/settings.ts";
import type { FileParser } from "./file-parser.ts";

// The format's severities. A level covers its four steps.
const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: "verbose",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  fatal: "error",
};
/** All names of levels. */
export const LOG_LEVEL_NAMES: readonly string[] = Object.keys(LEVELS).flatMap((name) =>
  ["", "2", "3", "4"].map((step) => `${name}${step}`),
);

const severity = check(
  `be one of ${Object.keys(LEVELS).join(", ")}, or one of these with 2, 3 or 4 appended`,
  (given): given is string => typeof given === "string" && (LEVELS[given.replace(/[234]$/, "")] ?? "") !== "",
);

/** The log level of field `log_level`. */
export function levelFrom(file: FileParser, given: unknown): LogLevel | undefined {
  const name = file.parser.optional("log_level", given, severity);
  return name === undefined ? undefined : LEVELS[name.replace(/[234]$/, "")];
}
