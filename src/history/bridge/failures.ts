// Error responses and their log.
import { processEvents } from "../../io/process-events.ts";
import { jsonText } from "../../events/json-text.ts";
import type { BridgeErrorCode, ErrorResponse, ValidationError } from "./documents.ts";
import { FileError, makeFolderSync } from "../../io/files/open-file.ts";
import { OptionsError } from "../../options/options-error.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { RateLimit } from "../../diagnostics/rate-limit.ts";
import { dirname } from "node:path";
import { diag } from "@opentelemetry/api";
import { LogFile, type LogKind, PendingLines } from "../../io/log-files/index.ts";
import type { BridgeOptions } from "./options.ts";
import { isSecretKey, redact } from "../../diagnostics/redact.ts";

interface Failure {
  readonly code: BridgeErrorCode;
  readonly message: string;
  readonly payload: unknown;
  readonly details?: NonNullable<ErrorResponse["error"]["details"]>;
}

const LOGGED: Readonly<Record<BridgeErrorCode, string>> = {
  INVALID_EVENT: "Event validation failed.",
  LOOP_DETECTED: "Event was refused.",
  STORAGE_FAILURE: "Event could not be stored.",
  INVALID_AGGREGATION: "Aggregation failed.",
  RETRIEVAL_FAILURE: "Metrics could not be retrieved.",
};

/** Creates error responses and logs each. */
export class Failures {
  readonly #log: ErrorLog;

  /** @throws OptionsError if the log file cannot be opened */
  constructor(options: BridgeOptions) {
    this.#log = new ErrorLog(options);
  }

  /** Writes pending lines. Never rejects. */
  close(): Promise<void> {
    return this.#log.close();
  }

  answer(failure: Failure): ErrorResponse {
    this.#log.write(failure);
    const { code, message, details } = failure;
    return { status: "error", error: { code, message, ...(details !== undefined && { details }) } };
  }

  invalidEvent(errors: readonly ValidationError[], received: unknown): ErrorResponse {
    const message = textOf(errors);
    const details = { validation_errors: errors, received_event: serializable(received) };
    return this.answer({ code: "INVALID_EVENT", message, payload: received, details });
  }

  loop(received: unknown): ErrorResponse {
    const message = "Event appears to be in an infinite loop";
    return this.answer({ code: "LOOP_DETECTED", message, payload: received });
  }

  unsupported(aggregation: unknown, asked: unknown): ErrorResponse {
    const safe = redact(aggregation, "", isSecretKey);
    const shown = typeof safe === "string" ? safe : jsonText(safe);
    const message = `Unsupported aggregation method: ${shown}`;
    return this.answer({ code: "INVALID_AGGREGATION", message, payload: asked });
  }

  invalidQuestion(errors: readonly ValidationError[], asked: unknown): ErrorResponse {
    const details = { validation_errors: errors };
    return this.answer({ code: "RETRIEVAL_FAILURE", message: textOf(errors), payload: asked, details });
  }
}

// Replaces cycles and bigints by text.
function serializable(value: unknown): unknown {
  try {
    JSON.stringify(value);
    return value;
  } catch {
    return JSON.parse(jsonText(value));
  }
}

function textOf(errors: readonly ValidationError[]): string {
  return errors.map(({ field, message }) => `${field} ${message}`).join("; ");
}

const SOURCE = "Bridge_Telemetry";
const MAX_PENDING_BYTES = 4 * 1024 * 1024;
const RETRY_MILLIS = 1_000;
const MAX_PAYLOAD_LENGTH = 16_384;
const KIND: LogKind = {
  name: "bridge's log",
  lineBegin: `{"source":"${SOURCE}"`,
  error: (message, options) => new FileError(message, options),
};

/** Writes errors to a file, the console or both. Never blocks; at most 4 MiB are buffered for a slow or full disk. */
class ErrorLog {
  readonly #options: BridgeOptions;
  // Undefined if the log is closed.
  #file: LogFile | undefined;
  readonly #onExit = (): void => this.#writeNow();
  readonly #pending = new PendingLines(MAX_PENDING_BYTES);
  #writing: Promise<void> | undefined;
  // After a failure.
  #nextAttemptMillis = -Infinity;
  readonly #reports = new RateLimit();

  /** @throws OptionsError if the file cannot be opened */
  constructor(options: BridgeOptions) {
    this.#options = options;
    if (options.logPath === undefined) return;
    makeFolderOf(options.logPath);
    try {
      this.#file = new LogFile({ file: options.logPath }, KIND);
    } catch (cause) {
      const must = `be a writable file (${errorMessage(cause)})`;
      throw new OptionsError("bridge", [{ name: "logger_config.log_path", value: options.logPath, must }], {
        cause,
      });
    }
    processEvents.on("exit", this.#onExit);
  }

  /** Never throws. */
  write(failure: Failure): void {
    if (this.#file === undefined && !this.#options.console) return;
    const line = lineOf(failure);
    if (this.#options.console) console.error(line);
    if (this.#file !== undefined) this.#enqueue(Buffer.from(`${line}\n`));
  }

  /** Writes pending lines and closes the file; later errors go to the console. Never rejects. */
  async close(): Promise<void> {
    await this.#writing;
    await (this.#writing = this.#writeAll());
    // Not before: the process may exit meanwhile.
    processEvents.off("exit", this.#onExit);
    const file = this.#file;
    this.#file = undefined;
    try {
      file?.close();
    } catch (error) {
      this.#report(error);
    }
  }

  #enqueue(line: Buffer): void {
    this.#pending.add(line);
    // A failed write is retried with a later line, also if that is lost because the buffer is full.
    if (performance.now() < this.#nextAttemptMillis) return;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#file !== undefined && !this.#pending.isEmpty)
        await this.#file.append(this.#pending.take(), this.#pending.putBack);
    } catch (error) {
      this.#nextAttemptMillis = performance.now() + RETRY_MILLIS;
      this.#report(error);
    }
  }

  // For the end of the process.
  #writeNow(): void {
    try {
      this.#file?.writeNow(this.#pending.take());
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    if (!this.#reports.tryAcquire()) return;
    diag.error(
      `${KIND.name} "${this.#options.logPath}" cannot be written (${errorMessage(error)}); up to 4 MiB are buffered`,
    );
  }
}

function makeFolderOf(path: string): void {
  try {
    makeFolderSync(dirname(path), 0o777);
  } catch {
    // The error is reported when the file is opened.
  }
}

function lineOf({ code, message, payload }: Failure): string {
  const [text, errorDetails, timestamp] = [
    LOGGED[code],
    { errorCode: code, errorMessage: message },
    new Date().toISOString(),
  ].map((part) => JSON.stringify(part));
  return `{"source":"${SOURCE}","status":"ERROR","payload":${payloadText(payload)},"message":${text},"errorDetails":${errorDetails},"timestamp":${timestamp}}`;
}

// Secrets are removed. A text that was cut is not valid JSON.
function payloadText(payload: unknown): string {
  const text = jsonText(redact(payload, "", isSecretKey) ?? null);
  return text.length <= MAX_PAYLOAD_LENGTH ? text : JSON.stringify(`${text.slice(0, MAX_PAYLOAD_LENGTH)}…`);
}
