// The control channel of a member, on the connections of its lock: byte `c` asks for a collection now, `d` says that it
// is written. Several requests at once are served by one collection. Byte `n`, from a candidate, notifies
// the aggregator of new lines in its journal. Before the first one, the candidate sends its boot id: a byte from 0x80 on for
// each hexadecimal digit, which earlier versions ignore.
import { isRandomId } from "../../io/random-id.ts";
import type { Socket } from "node:net";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { Mutex } from "../../io/mutex.ts";

const COLLECT = 0x63;
const DONE = 0x64;
const MESSAGES = 0x6e;
const DIGIT = 0x80;
const ID_DIGITS = 16;
// A member that is stopped or blocked must not gather requests.
const MAX_OUTSTANDING = 2;

/** Writes the figures of this process now. */
export type CollectNow = () => void | Promise<void>;

/** Called if another process has new lines. @param id its boot id, if it is known. */
export type OnMessages = (id: string | undefined) => void;

/** Serves the requests of one connection to the own lock. */
export function serveControl(socket: Socket, collect: CollectNow, onMessages: OnMessages): void {
  const mutex = new Mutex();
  let id = "";
  socket.on("data", (bytes: Buffer) => {
    for (const byte of bytes) if (byte >= DIGIT && id.length < ID_DIGITS) id += (byte % 16).toString(16);
    if (bytes.includes(MESSAGES)) onMessages(isRandomId(id) ? id : undefined);
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

/** Sends the boot id of this process to the other end, and notifies it of lines that were written before. */
export function introduce(owner: Socket, id: string): void {
  const digits = Array.from(id, (digit) => DIGIT + Number.parseInt(digit, 16));
  owner.write(Buffer.from([...digits, MESSAGES]));
}

/** Notifies the process at the other end of new lines. */
export function notifyOfMessages(owner: Socket): void {
  // A process that is stopped must not gather bytes.
  if (!owner.destroyed && owner.writableLength === 0) owner.write(Buffer.of(MESSAGES));
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
