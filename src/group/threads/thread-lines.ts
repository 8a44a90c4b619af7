// Lines that a worker thread passes on to the main thread.
import { processEvents } from "../../io/process-events.ts";
import type { HostLink } from "./join-main-thread.ts";

// Maximum number of characters that the main thread has not read.
const MAX_UNREAD = 8 * 1024 * 1024;

/** Sends lines to the main thread, those of one tick together. */
export class SentLines {
  readonly #host: Pick<HostLink, "post">;
  readonly #read = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  // Both counts wrap around, so that only their difference counts.
  #sent = 0;
  #waiting: string[] = [];
  #isEnding = false;

  constructor(host: Pick<HostLink, "post">) {
    this.#host = host;
    // Lines that a terminated thread has not sent are lost.
    processEvents.prepend("exit", () => {
      this.#isEnding = true;
      this.#flush();
    });
  }

  /** Sends a line. Returns `false` if it is lost, because the main thread has not read too many. */
  add(line: string): boolean {
    const sent = (this.#sent + line.length) | 0;
    if (((sent - Atomics.load(this.#read, 0)) | 0) > MAX_UNREAD) return false;
    this.#sent = sent;
    this.#waiting.push(line);
    if (this.#isEnding) this.#flush();
    // Not later: an idle thread of a pool does not return to its event loop.
    else if (this.#waiting.length === 1) queueMicrotask(() => this.#flush());
    return true;
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    const lines = this.#waiting;
    this.#waiting = [];
    this.#host.post({ kind: "lines", lines, read: this.#read });
  }
}
