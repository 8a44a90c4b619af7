// Events in a file, one a line.
import { RateLimit } from "../diagnostics/rate-limit.ts";
import { errorCode, errorMessage } from "../diagnostics/error-message.ts";
import { fdatasync } from "node:fs";
import { promisify } from "node:util";
import { diag } from "@opentelemetry/api";
import { LogFile, type LogKind } from "../io/log-files/index.ts";
import { PendingLines } from "../io/log-files/pending-lines.ts";
import { EventLogError } from "./log-error.ts";
import { lineOf } from "./line.ts";
import type { TelemetryEvent } from "./event.ts";

/** How a log of events is kept. */
export interface EventLogOptions {
  /** Its folder must exist. Rotated files stand beside it, their time in their names. */
  readonly file: string;
  /** Size at which a new file is begun. @defaultValue 67108864, 64 MiB */
  readonly maxBytes?: number | undefined;
  /** Age at which a new file is begun, in seconds. @defaultValue 86400, a day */
  readonly maxAge?: number | undefined;
  /** How many rotated files are kept; the oldest goes first. @defaultValue 7 */
  readonly maxFiles?: number | undefined;
  /**
   * When what was written is forced onto the disk: after each batch, within a second, or when the system likes. A killed
   * process loses nothing that was written under either; a power cut may, of what was not forced.
   *
   * @defaultValue "second"
   */
  readonly fsync?: "batch" | "second" | "never" | undefined;
}

const MAX_PENDING_BYTES = 16 * 1024 * 1024;
const SECOND_MILLIS = 1_000;
const sync = promisify(fdatasync);
const KIND: LogKind = {
  name: "event log",
  lineBegin: '{"event_id":',
  error: (message, options) => new EventLogError(message, options),
};

/**
 * Appends events to a file as JSON lines. Writing waits for nothing: lines are gathered and written in batches, beside
 * the application; those of the last moment at the process's exit. At most 16 MiB wait for a disk that is slow or full.
 *
 * @example
 * const log = new EventLog({ file: "events.jsonl", maxFiles: 30 });
 * const events = new Events({ log });
 */
export class EventLog {
  readonly #file: LogFile;
  readonly #fsync: NonNullable<EventLogOptions["fsync"]>;
  readonly #onExit = (): void => this.#writeNow();
  readonly #pending = new PendingLines(MAX_PENDING_BYTES);
  // Resolves with what failed, if anything did.
  #writing: Promise<unknown> | undefined;
  #lastSyncMillis = -Infinity;
  #isSynced = true;
  #nextSync: NodeJS.Timeout | undefined;
  readonly #failures = new RateLimit();
  #mustSync = false;
  #isClosed = false;

  /**
   * Opens or makes the file. A line at its end that a killed process left unfinished is cut off.
   *
   * @throws EventLogError where the options, or the file, cannot be used.
   */
  constructor(options: EventLogOptions) {
    this.#fsync = fsyncFrom(options.fsync);
    this.#file = new LogFile(options, KIND);
    process.on("exit", this.#onExit);
  }

  /** Has the event written soon; `false` where it is lost, since too many wait or the log is closed. Never throws. */
  write(event: TelemetryEvent): boolean {
    const line = Buffer.from(lineOf(event));
    if (this.#isClosed || !this.#pending.add(line)) return false;
    void this.#writeSoon();
    return true;
  }

  /**
   * Resolves once all events so far are written, and forced onto the disk unless that is never done.
   *
   * @throws EventLogError by the promise, where the disk does not take them; they wait for it.
   */
  async flush(): Promise<void> {
    this.#mustSync = true;
    const cause = await this.#writeSoon();
    if (cause !== undefined) throw new EventLogError(`${this.#problem(cause)}; see to its disk`, { cause });
  }

  /**
   * Flushes and closes; later events are lost.
   *
   * @throws EventLogError by the promise, where the disk does not take what is left: that is lost too.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    process.off("exit", this.#onExit);
    clearTimeout(this.#nextSync);
    try {
      await this.flush();
    } finally {
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
      return undefined;
    } catch (error) {
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
    const waitMillis =
      this.#fsync === "second" ? this.#lastSyncMillis + SECOND_MILLIS - performance.now() : 0;
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
    if (this.#fsync === "never") return;
    this.#lastSyncMillis = performance.now();
    try {
      await sync(this.#file.descriptor);
    } catch (error) {
      // No file of a disk, such as the standard output: there is nothing to force.
      if (errorCode(error) !== "EINVAL") throw error;
    }
    this.#isSynced = true;
  }

  // Nothing asynchronous happens any more.
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
      `${this.#problem(error)}; up to 16 MiB of events wait for it, this is logged at most once a minute`,
    );
  }

  #problem(cause: unknown): string {
    return `event log "${this.#file.path}": cannot be written, because of ${errorMessage(cause)}`;
  }
}

function fsyncFrom(given: unknown): NonNullable<EventLogOptions["fsync"]> {
  if (given === undefined) return "second";
  if (given === "batch" || given === "second" || given === "never") return given;
  throw new EventLogError(
    `option "fsync" of the event log: ${JSON.stringify(given)} is no policy; give "batch", "second" or "never"`,
  );
}
