// Failures of the disk: logged once, and retried with pauses.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import { Backoff } from "../backoff.ts";

const FIRST_RETRY_MILLIS = 5_000;
const LAST_RETRY_MILLIS = 60_000;

/** Tracks whether the disk has failed, and when to retry. */
export class DiskTrouble {
  readonly #directory: string;
  #since: number | undefined;
  readonly #backoff = new Backoff(FIRST_RETRY_MILLIS, LAST_RETRY_MILLIS, () => 1);
  #waitMillis = 0;
  #lastTry = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Whether the disk works, or the pause after its last failure is over. */
  get isTimeToTry(): boolean {
    return this.#since === undefined || performance.now() - this.#lastTry >= this.#waitMillis;
  }

  failed(error: unknown): void {
    this.#lastTry = performance.now();
    this.#waitMillis = this.#backoff.nextMillis();
    if (this.#since === undefined) {
      this.#since = this.#lastTry;
      diag.error(
        `${outboxErrorFrom(this.#directory, error).message}; until then collections wait in memory, are lost when the ` +
          "process ends, and the oldest are dropped beyond the limit; this is logged once",
      );
    }
  }

  succeeded(): void {
    if (this.#since === undefined) return;
    const seconds = Math.round((performance.now() - this.#since) / 1_000);
    diag.info(`outbox "${this.#directory}": writable again after ${seconds} s`);
    this.#since = undefined;
    this.#backoff.reset();
  }
}

/** Thrown if the directory cannot be used; `cause` is the system's error. */
export class OutboxError extends Error {
  /** Always `OutboxError`. */
  override readonly name = "OutboxError";
  /** Always `TACHYMETER_OUTBOX`. */
  readonly code = "TACHYMETER_OUTBOX";
}

/** Makes the error for an unwritable directory; its message says what to do. */
export function outboxErrorFrom(directory: string, cause: unknown): OutboxError {
  const message = errorMessage(cause);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const remedy = REMEDIES.get(code) ?? "see the cause";
  return new OutboxError(`outbox "${directory}": cannot be written (${message}); ${remedy}`, { cause });
}

const NO_SOCKETS =
  "use a writable directory with free space, on a local file system that supports unix domain sockets";

const REMEDIES: ReadonlyMap<string, string> = new Map([
  ["EACCES", "grant this process write permission or use another directory"],
  ["EPERM", "grant this process write permission or use another directory"],
  ["EROFS", "use a directory on a writable file system"],
  ["ENOTDIR", "use another path: a part of this one is a file"],
  ["EEXIST", "use another path: this one is not a folder"],
  ["ENOSPC", "free space on its file system"],
  ["EDQUOT", "free space: the quota is used up"],
  ["EFBIG", "allow larger files (ulimit -f)"],
  ["EMFILE", "allow more open files (ulimit -n)"],
  ["ENOENT", "use an existing directory, and do not move or remove it"],
  ["EIO", "check the disk"],
  ["EOPNOTSUPP", NO_SOCKETS],
  ["ENOTSUP", NO_SOCKETS],
]);
