// A disk that does not take what is written: said once, and tried again later.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import { Backoff } from "../backoff.ts";

const FIRST_RETRY_MILLIS = 5_000;
const LAST_RETRY_MILLIS = 60_000;

/** Knows whether the disk failed, and when to try it again. */
export class DiskTrouble {
  readonly #directory: string;
  #since: number | undefined;
  readonly #backoff = new Backoff(FIRST_RETRY_MILLIS, LAST_RETRY_MILLIS, () => 1);
  #waitMillis = 0;
  #lastTry = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Whether the disk is worth a try: it works, or failed long enough ago. */
  get isTimeToTry(): boolean {
    return this.#since === undefined || performance.now() - this.#lastTry >= this.#waitMillis;
  }

  failed(error: unknown): void {
    this.#lastTry = performance.now();
    this.#waitMillis = this.#backoff.nextMillis();
    if (this.#since === undefined) {
      this.#since = this.#lastTry;
      diag.error(
        `${outboxErrorFrom(this.#directory, error).message}; until then what is collected waits in memory, is lost ` +
          "with the process, and the oldest goes where there is too much of it; this is logged once",
      );
    }
  }

  succeeded(): void {
    if (this.#since === undefined) return;
    const seconds = Math.round((performance.now() - this.#since) / 1_000);
    diag.info(`outbox "${this.#directory}": can be written again, after ${seconds} s`);
    this.#since = undefined;
    this.#backoff.reset();
  }
}

/** The directory cannot be used; `cause` has the system's own error. */
export class OutboxError extends Error {
  override readonly name = "OutboxError";
  readonly code = "TACHYMETER_OUTBOX";
}

/** The error of a directory that cannot be written, with what to do about it. */
export function outboxErrorFrom(directory: string, cause: unknown): OutboxError {
  const message = errorMessage(cause);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const remedy = REMEDIES.get(code) ?? "see the cause";
  return new OutboxError(`outbox "${directory}": cannot be written (${message}); ${remedy}`, { cause });
}

const NO_SOCKETS = "name a directory on a file system of this machine that takes unix domain sockets";

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ["EACCES", "give this program the right to write there or name another directory"],
  ["EPERM", "give this program the right to write there or name another directory"],
  ["EROFS", "name a directory on a file system that can be written"],
  ["ENOTDIR", "name a folder: part of this path is a file"],
  ["EEXIST", "name a folder: this is something else"],
  ["ENOSPC", "make room on its file system"],
  ["EDQUOT", "make room: the quota is used up"],
  ["EFBIG", "allow larger files (ulimit -f)"],
  ["EMFILE", "allow more open files (ulimit -n)"],
  ["ENOENT", "name a directory that is there, and leave it in its place"],
  ["EIO", "see to the disk"],
  ["EOPNOTSUPP", NO_SOCKETS],
  ["ENOTSUP", NO_SOCKETS],
]);
