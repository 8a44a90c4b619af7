import { processEvents } from "../io/process-events.ts";
import { EVENT_LOG, type EventLogOptions } from "../options/event-log.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";
import { errorCode, errorMessage } from "../diagnostics/error-message.ts";
import { fdatasync } from "node:fs";
import { promisify } from "node:util";
import { diag } from "@opentelemetry/api";
import { LogFile, type LogKind, PendingLines } from "../io/log-files/index.ts";
import type { TelemetryEvent } from "./event.ts";
import { lineOf } from "./json-text.ts";

export type { EventLogOptions } from "../options/event-log.ts";

/** Thrown by `EventLog` if its options are invalid or its file cannot be used. */
export class EventLogError extends Error {
  /** Always `EventLogError`. */
  override readonly name = "EventLogError";
  /** Always `TACHYMETER_EVENT_LOG`. */
  readonly code = "TACHYMETER_EVENT_LOG";
}

const MAX_PENDING_BYTES = 16 * 1024 * 1024;
const SYNC_INTERVAL_MILLIS = 1_000;
const sync = promisify(fdatasync);
const KIND: LogKind = {
  name: "event log",
  lineBegin: '{"event_id":',
  error: (message, options) => new EventLogError(message, options),
};

/**
 * Appends events to a file, as JSON lines. Lines are written asynchronously in batches, the last ones at the exit of
 * the process. At most 16 MiB are queued for a slow or full disk. Written lines survive if the process is killed. They
 * are synced to the disk within a second, so a power failure loses at most the last second.
 *
 * @example
 * const log = new EventLog({ file: "events.jsonl", maxFiles: 30 });
 * const events = new Events({ log });
 */
export class EventLog {
  readonly #file: LogFile;
  readonly #onExit = (): void => this.#writeNow();
  readonly #pending = new PendingLines(MAX_PENDING_BYTES);
  // Resolves with the error, if writing failed.
  #writing: Promise<unknown> | undefined;
  #lastSyncMillis = -Infinity;
  #isSynced = true;
  #nextSync: NodeJS.Timeout | undefined;
  readonly #failures = new RateLimit();
  #mustSync = false;
  // Whether the last attempt failed. Then the timer makes the next one, and not each event.
  #isFailing = false;
  #isClosed = false;

  /**
   * Opens or creates the file, and removes an incomplete last line.
   *
   * @throws OptionsError, EventLogError if an option is invalid or the file cannot be used.
   */
  constructor(options: EventLogOptions) {
    this.#file = new LogFile(EVENT_LOG.settings(options), KIND);
    processEvents.on("exit", this.#onExit);
  }

  /** Queues an event. Returns `false` if it is lost because the queue is full or the log is closed. Never throws. */
  write(event: TelemetryEvent): boolean {
    const line = Buffer.from(`${lineOf(event)}\n`);
    if (this.#isClosed || !this.#pending.add(line)) return false;
    if (!this.#isFailing) void this.#writeSoon();
    return true;
  }

  /** @internal Resolves once all events so far are in the file. Rejects with an EventLogError if that fails. */
  async written(): Promise<void> {
    if (this.#writing !== undefined || !this.#pending.isEmpty) this.#throwIfFailed(await this.#writeSoon());
  }

  /**
   * Resolves once all events so far are on the disk. Rejects with an EventLogError if that fails; the events stay
   * queued.
   */
  async flush(): Promise<void> {
    this.#mustSync = true;
    this.#throwIfFailed(await this.#writeSoon());
  }

  #throwIfFailed(cause: unknown): void {
    if (cause !== undefined) throw new EventLogError(`${this.#problem(cause)}; check its disk`, { cause });
  }

  /**
   * Flushes and closes the log; later events are lost. Rejects with an EventLogError if queued events cannot be
   * written.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.flush();
    } finally {
      clearTimeout(this.#nextSync);
      // Not before: the process may exit meanwhile.
      processEvents.off("exit", this.#onExit);
      this.#file.close();
    }
  }

  #writeSoon(): Promise<unknown> {
    return (this.#writing ??= new Promise<void>(setImmediate).then(() => this.#writeAll()));
  }

  async #writeAll(): Promise<unknown> {
    try {
      while (!this.#pending.isEmpty || this.#mustSync) {
        if (!this.#pending.isEmpty) await this.#writeBatch();
        else await this.#sync();
      }
      this.#isFailing = false;
      return undefined;
    } catch (error) {
      this.#isFailing = true;
      this.#syncLater(SYNC_INTERVAL_MILLIS);
      this.#report(error);
      return error;
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeBatch(): Promise<void> {
    if (!this.#isSynced && this.#file.isOver) await this.#sync();
    this.#isSynced = false;
    await this.#file.append(this.#pending.take(), this.#pending.putBack);
    const waitMillis = this.#lastSyncMillis + SYNC_INTERVAL_MILLIS - performance.now();
    if (waitMillis > 0) this.#syncLater(waitMillis);
    else await this.#sync();
  }

  #syncLater(waitMillis: number): void {
    this.#nextSync ??= setTimeout(() => {
      this.#nextSync = undefined;
      this.#mustSync = !this.#isSynced;
      void this.#writeSoon();
    }, waitMillis).unref();
  }

  async #sync(): Promise<void> {
    this.#mustSync = false;
    this.#lastSyncMillis = performance.now();
    try {
      await sync(this.#file.descriptor);
    } catch (error) {
      // Not a file on a disk, such as the standard output: in the words of Linux, and of macOS.
      if (!["EINVAL", "ENOTSUP"].includes(errorCode(error) ?? "")) throw error;
    }
    this.#isSynced = true;
  }

  // Called at the exit of the process, when nothing asynchronous runs any more.
  #writeNow(): void {
    try {
      this.#file.writeNow(this.#pending.take());
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    if (!this.#failures.tryAcquire()) return;
    diag.error(
      `${this.#problem(error)}; up to 16 MiB of events are queued for it; this is logged at most once a minute`,
    );
  }

  #problem(cause: unknown): string {
    return `event log "${this.#file.path}": cannot be written, because of ${errorMessage(cause)}`;
  }
}
