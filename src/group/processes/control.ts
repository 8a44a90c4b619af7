// The control channel of a member, on the connections of its lock: byte `c` asks for a collection now, `d` says that it
// is written. Several requests at once are served by one collection. Byte `n`, from a candidate, notifies
// the aggregator of new lines in its journal.
import type { Socket } from "node:net";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { Mutex } from "../../io/mutex.ts";

const COLLECT = 0x63;
const DONE = 0x64;
const NEWS = 0x6e;
// A member that is stopped or blocked must not gather requests.
const MAX_OUTSTANDING = 2;

/** Writes the figures of this process now. */
export type CollectNow = () => void | Promise<void>;

/** Serves the requests of one connection to the own lock. `onNews` is called if the other end has new lines. */
export function serveControl(socket: Socket, collect: CollectNow, onNews: () => void): void {
  const mutex = new Mutex();
  socket.on("data", (bytes: Buffer) => {
    if (bytes.includes(NEWS)) onNews();
    const asked = countOf(bytes, COLLECT);
    if (asked === 0) return;
    void mutex.run(async () => {
      try {
        await collect();
      } catch (error) {
        warnOnceAMinute(`group: figures cannot be collected (${errorMessage(error)})`);
      }
      if (!socket.destroyed) socket.write(Buffer.alloc(asked, DONE));
    });
  });
}

/** Notifies the process at the other end of new lines. */
export function notifyOfNews(owner: Socket): void {
  // A process that is stopped must not gather bytes.
  if (!owner.destroyed && owner.writableLength === 0) owner.write(Buffer.of(NEWS));
}

/** The connection to a member's lock. It ends when the member dies. */
export class MemberConnection {
  readonly #socket: Socket;
  readonly #listeners = new Set<() => void>();
  #outstanding = 0;

  constructor(socket: Socket, onClose: () => void) {
    this.#socket = socket.unref();
    socket.on("data", (bytes: Buffer) => {
      this.#outstanding = Math.max(0, this.#outstanding - countOf(bytes, DONE));
      if (this.#outstanding === 0) this.#settle();
    });
    socket.once("close", () => {
      this.#outstanding = 0;
      onClose();
      this.#settle();
    });
  }

  /** Whether a request is not served yet. */
  get isWaiting(): boolean {
    return this.#outstanding > 0;
  }

  /** Asks for a collection. Returns whether there is one to wait for; {@link onSettled} reports its end. */
  collect(): boolean {
    if (this.#socket.destroyed) return false;
    if (this.#outstanding < MAX_OUTSTANDING) {
      this.#outstanding++;
      this.#socket.write(Buffer.of(COLLECT));
    }
    return true;
  }

  /** Calls `listener` when all requests are served, or the member has ended. Returns the function that removes it. */
  onSettled(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(): void {
    for (const listener of this.#listeners) listener();
  }
}

function countOf(bytes: Buffer, wanted: number): number {
  let count = 0;
  for (const byte of bytes) if (byte === wanted) count++;
  return count;
}
