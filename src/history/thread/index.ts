// The main thread's client of the thread of the store.
import { onAbort } from "../../io/abort.ts";
import { processEvents } from "../../io/process-events.ts";
import { warnOnce } from "../../diagnostics/log-once.ts";
import { RateLimit } from "../../diagnostics/rate-limit.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import { type EncodedCollection, transferables } from "../encoded-collection.ts";
import type { StoredEvent } from "../store/stored.ts";
import { connect, type Connection } from "./connection.ts";
import {
  type Answered,
  DONE,
  HistoryStoreError,
  type Request,
  type RequestKind,
  type ThreadOptions,
} from "./message.ts";
import { packedEvents } from "./packed.ts";

/** Data to be stored at the end of the process. */
export interface FinalWrites {
  readonly collection?: EncodedCollection;
  readonly events?: readonly StoredEvent[];
}

/** A warning of the store. */
export interface StoreWarning {
  readonly text: string;
  readonly timeUnixMillis: number;
}

interface Waiting {
  take(message: object): void;
  reject(error: Error): void;
  release(): void;
}

const MAX_WAITING = 10_000;
// Longer than the store waits for another process. Node.js would wait for a call in progress anyway.
const REST_MILLIS = 15_000;
const MIN_RESTART_MILLIS = 1_000;
const MAX_RESTART_MILLIS = 60_000;

/**
 * A store in its own thread, which handles requests in order. If the thread dies, pending requests fail, and the next
 * thread knows no series.
 */
export class HistoryThread {
  /** Rejects with a HistoryStoreError. */
  readonly opened: Promise<void>;
  readonly #options: ThreadOptions;
  // At most one per minute.
  readonly #warnings = new RateLimit();
  readonly #waiting = new Map<number, Waiting>();
  #connection: Connection | undefined;
  #isClosed = false;
  #nextId = 0;
  #lastWarning: StoreWarning | undefined;
  #restartMillis = 0;
  #restartAt = 0;
  readonly #rest = (): void => this.#connection?.rest(REST_MILLIS);
  #refusal: HistoryStoreError | undefined;
  #ended: () => void = () => {};
  #failOpening: (error: Error) => void = () => {};

  /** Starts opening the store; requests wait until it is open. */
  constructor(options: ThreadOptions) {
    this.#options = options;
    this.opened = new Promise((resolve, reject) => {
      this.#failOpening = reject;
      this.#start({ opened: resolve, refused: reject });
    });
  }

  /** Stores data synchronously. Returns whether all was stored in time. */
  appendSync({ collection, events = [] }: FinalWrites, timeoutMillis: number): boolean {
    const requests: Request[] = [];
    if (collection !== undefined) requests.push({ kind: "append", given: collection });
    if (events.length > 0) requests.push({ kind: "appendEvents", given: packedEvents(events) });
    if (requests.length === 0) return true;
    const connection = this.#connection;
    const isStored = connection !== undefined && this.#areStored(requests, connection, timeoutMillis);
    if (!isStored)
      warnOnce(
        `history: the last data was not stored in time: the store failed, or took more than ${timeoutMillis / 1_000} s`,
      );
    return isStored;
  }

  #areStored(requests: readonly Request[], connection: Connection, timeoutMillis: number): boolean {
    const end = performance.now() + timeoutMillis;
    connection.setAwaited(true);
    try {
      const outcomes = requests.map((request) => {
        const outcome = sharedFlag();
        connection.post({ id: this.#nextId++, request, outcome }, []);
        return outcome;
      });
      const areDone = outcomes.map((outcome) => {
        Atomics.wait(outcome, 0, 0, Math.max(end - performance.now(), 0));
        return Atomics.load(outcome, 0) === DONE;
      });
      return !areDone.includes(false);
    } finally {
      connection.setAwaited(false);
    }
  }

  /** Closes the store after earlier requests. Idempotent. */
  close(): Promise<void> {
    this.#isClosed = true;
    const connection = this.#connection;
    if (connection === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#ended;
      this.#ended = () => {
        before();
        resolve();
      };
      connection.hold(true);
      connection.close();
    });
  }

  /**
   * Sends a request; collections are transferred. An aborted request rejects immediately, and the thread stops it soon.
   */
  ask<Kind extends RequestKind>(
    request: Request & { readonly kind: Kind },
    signal?: AbortSignal,
  ): Promise<Answered<Kind>> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const connection = this.#connected();
      const id = this.#nextId++;
      const cancelled = signal && sharedFlag();
      const abort = (): void => {
        if (cancelled !== undefined) Atomics.store(cancelled, 0, 1);
        this.#taken(id)?.reject(signal?.reason);
      };
      const release = (signal && onAbort(signal, abort)) ?? ((): void => {});
      this.#waiting.set(id, {
        take(message) {
          // The kind of the request determines the type.
          const value: Answered<Kind> = Reflect.get(message, "value");
          resolve(value);
        },
        reject,
        release,
      });
      try {
        connection.post({ id, request, ...(cancelled && { cancelled }) }, transferOf(request));
      } catch (cause) {
        const problem = `the request cannot be sent to the thread of the store (${errorMessage(cause)})`;
        this.#taken(id)?.reject(new HistoryStoreError(`history: ${problem}; use plain values`));
        return;
      }
      // A pending request keeps the process alive.
      connection.hold(true);
    });
  }

  #connected(): Connection {
    if (this.#isClosed) throw new HistoryStoreError("history is closed; open it again");
    if (this.#waiting.size >= MAX_WAITING)
      throw new HistoryStoreError(
        `history: too many pending requests (${MAX_WAITING}); wait for their results`,
      );
    if (this.#connection !== undefined) return this.#connection;
    if (performance.now() < this.#restartAt)
      throw new HistoryStoreError("history: the thread of the store has ended; it is restarted soon");
    return this.#start({ opened: () => {}, refused: (error) => this.#warn(error.message) });
  }

  #start({ opened, refused }: { opened: () => void; refused: (error: Error) => void }): Connection {
    const connection = connect(this.#options, {
      message: (message) => {
        switch (message.kind) {
          case "open":
            // Restarted without delay, because a request may have ended the thread.
            this.#restartMillis = 0;
            this.#letGo();
            return opened();
          case "refused":
            this.#refusal = new HistoryStoreError(message.error.message, message.error.code);
            return refused(this.#refusal);
          case "warning":
            return this.#warn(`history: ${message.message}`);
          case "answer":
            return this.#taken(message.id)?.take(message);
          case "failure":
            return this.#taken(message.id)?.reject(
              new HistoryStoreError(message.error.message, message.error.code),
            );
          default:
            return message satisfies never;
        }
      },
      end: (failure) => this.#end(failure),
    });
    connection.hold(true);
    this.#connection = connection;
    processEvents.on("exit", this.#rest);
    return connection;
  }

  #end(failure: Error | undefined): void {
    this.#connection = undefined;
    processEvents.off("exit", this.#rest);
    this.#restartAt = performance.now() + this.#restartMillis;
    this.#restartMillis = Math.min(Math.max(2 * this.#restartMillis, MIN_RESTART_MILLIS), MAX_RESTART_MILLIS);
    const why = this.#refusal ?? failure ?? new Error("terminated");
    const error = new HistoryStoreError(`history: the thread of the store has ended: ${why.message}`);
    if (!this.#isClosed && this.#refusal === undefined) this.#warn(error.message);
    this.#refusal = undefined;
    for (const id of this.#waiting.keys()) this.#taken(id)?.reject(error);
    this.#failOpening(error);
    this.#ended();
  }

  /** The last warning, such as that the file is damaged. */
  get lastWarning(): StoreWarning | undefined {
    return this.#lastWarning;
  }

  #warn(message: string): void {
    this.#lastWarning = { text: message, timeUnixMillis: Date.now() };
    if (this.#warnings.tryAcquire(message)) diag.warn(message);
  }

  // Removes a request from the pending ones.
  #taken(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.release();
    this.#letGo();
    return waiting;
  }

  // Pending requests and close() keep the process alive.
  #letGo(): void {
    if (this.#waiting.size === 0 && !this.#isClosed) this.#connection?.hold(false);
  }
}

function transferOf(request: Request): readonly ArrayBuffer[] {
  return request.kind === "append" ? transferables(request.given) : [];
}

function sharedFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}
