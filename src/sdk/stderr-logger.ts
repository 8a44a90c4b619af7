// The default logger of OpenTelemetry's diagnostics: writes to standard error, with a rate limit.
import { redactText } from "../diagnostics/redact.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";
import { ignoreErrors } from "../io/stream-guard.ts";
import { format } from "node:util";
import { diag, type DiagLogger, DiagLogLevel } from "@opentelemetry/api";
import type { LogLevel } from "../options/index.ts";
import { logLine } from "../diagnostics/foreign-text.ts";

const LEVELS: Readonly<Record<LogLevel, DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
};

// Our logger as the API stores it. If the API has another one, it is the application's.
let registered: unknown;

/** Writes diagnostics of this level and above to standard error, unless the application has set a logger. */
export function logToStderr(level: LogLevel): void {
  if (isOurs()) register(level);
}

/** Changes the log level. A logger that the application has set keeps its own level, and gets a warning. */
export function setLogLevel(level: LogLevel): void {
  if (isOurs()) register(level);
  else
    diag.warn("the log level was not changed, since the application has its own logger; set the level there");
}

// An earlier start may have set ours, with another level.
function isOurs(): boolean {
  const current = currentLogger();
  return current === undefined || current === registered;
}

function register(level: LogLevel): void {
  diag.setLogger(logger, { logLevel: LEVELS[level], suppressOverrideMessage: true });
  registered = currentLogger();
}

/**
 * Writes diagnostics to standard error, one line of at most 2 KB each, without control characters. The same message is
 * written at most once a minute, so that a backend that is down for a day does not fill a disk. `debug` and `verbose`
 * have no rate limit.
 */
export class StderrLogger implements DiagLogger {
  readonly #lines = new RateLimit();

  error(message: string, ...details: unknown[]): void {
    this.#write("error", message, details);
  }

  warn(message: string, ...details: unknown[]): void {
    this.#write("warning", message, details);
  }

  info(message: string, ...details: unknown[]): void {
    this.#write("info", message, details);
  }

  debug(message: string, ...details: unknown[]): void {
    writeToStderr(lineOf("debug", message, details));
  }

  verbose(message: string, ...details: unknown[]): void {
    this.debug(message, ...details);
  }

  #write(level: string, message: string, details: readonly unknown[]): void {
    const line = lineOf(level, message, details);
    if (isOurOwnChoice(line) || !this.#lines.tryAcquire(line)) return;
    writeToStderr(line);
  }
}

// One instance, so that the rate limit outlives a change of the level.
const logger = new StderrLogger();

function lineOf(level: string, message: string, details: readonly unknown[]): string {
  return `${logLine(redactText(`tachymeter ${level}: ${formatted(message, details)}`))}\n`;
}

function formatted(message: string, details: readonly unknown[]): string {
  try {
    return format(message, ...details);
  } catch {
    // An error from the application may throw when it is inspected.
    return message;
  }
}

function writeToStderr(line: string): void {
  const { stderr } = process;
  stderr.write(line, ignoreErrors(stderr));
}

// Tachymeter chose this package for host metrics, so the user can do nothing about its deprecation.
function isOurOwnChoice(line: string): boolean {
  return line.includes("@opentelemetry/host-metrics is deprecated");
}

// The API stores its globals under this symbol, and has no other way to get the logger.
function currentLogger(): unknown {
  const globals: unknown = Reflect.get(globalThis, Symbol.for("opentelemetry.js.api.1"));
  return typeof globals === "object" && globals !== null && "diag" in globals ? globals.diag : undefined;
}
