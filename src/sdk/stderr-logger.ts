// Where OpenTelemetry's diagnostics go while nobody set a logger: standard error, and never in floods.
import { redactText } from "../diagnostics/redact.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";
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

// Our logger as the API keeps it: another one there is the application's.
let registered: unknown;

/** Has diagnostics of this level and above written to standard error, unless the application set a logger before. */
export function logToStderr(level: LogLevel): void {
  if (currentLogger() === undefined) register(level);
}

/** Changes the level of what is written. A logger that the application set keeps its own, which is logged there. */
export function setLogLevel(level: LogLevel): void {
  const current = currentLogger();
  if (current === undefined || current === registered) register(level);
  else diag.warn("the log level was not changed: the application's own logger decides; set its level");
}

function register(level: LogLevel): void {
  diag.setLogger(logger, { logLevel: LEVELS[level], suppressOverrideMessage: true });
  registered = currentLogger();
}

/**
 * Writes diagnostics to standard error, one line of at most 2 KB each, without control characters. The same message
 * is written at most once a minute, so that a receiver that is down for a day does not fill a disk;
 * `debug` and `verbose` are written in full.
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

// One, so that what was written lately is known after a change of the level.
const logger = new StderrLogger();

function lineOf(level: string, message: string, details: readonly unknown[]): string {
  return `${logLine(redactText(`tachymeter ${level}: ${format(message, ...details)}`))}\n`;
}

// Where nobody reads standard error any more, a write raises an error that would end the application. The stream emits
// it after the write's own callback, hence the turn of the loop.
let pendingWrites = 0;

function writeToStderr(line: string): void {
  const { stderr } = process;
  if (pendingWrites++ === 0) stderr.on("error", ignoreError);
  stderr.write(line, () => {
    setImmediate(() => {
      if (--pendingWrites === 0) stderr.off("error", ignoreError);
    }).unref();
  });
}

function ignoreError(): void {}

// Which package reads the host's figures is this package's choice: its user can do nothing about the deprecation.
function isOurOwnChoice(line: string): boolean {
  return line.includes("@opentelemetry/host-metrics is deprecated");
}

// The API keeps its globals under this symbol, and has no other way to ask for the logger.
function currentLogger(): unknown {
  const globals: unknown = Reflect.get(globalThis, Symbol.for("opentelemetry.js.api.1"));
  return typeof globals === "object" && globals !== null && "diag" in globals ? globals.diag : undefined;
}
