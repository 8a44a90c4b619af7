// A store that answers messages, in whatever thread.
import { Store } from "../store/store.ts";
import { answer } from "./answer.ts";
import { DONE, FAILED, type RequestMessage, sentError, type ThreadMessage } from "./message.ts";
import type { ThreadOptions } from "./requests.ts";

/** Sends a message, and gives these buffers away with it. */
export type Send = (message: ThreadMessage, transfer: readonly ArrayBuffer[]) => void;

const HOUR = 3_600_000;

/** Opens a store and answers what is sent to the function that it returns; `undefined` where it cannot be opened. */
export function serve(options: ThreadOptions, send: Send): ServedStore | undefined {
  try {
    const warn = (message: string): void => send({ kind: "warning", message }, []);
    const served = new ServedStore(Store.open({ ...options, warn }), send);
    send({ kind: "open" }, []);
    return served;
  } catch (error) {
    send({ kind: "refused", error: sentError(error) }, []);
    return undefined;
  }
}

/** A store with somebody who asks it. */
export class ServedStore {
  readonly #store: Store;
  readonly #send: Send;
  readonly #timer: NodeJS.Timeout;

  constructor(store: Store, send: Send) {
    this.#store = store;
    this.#send = send;
    this.#timer = setInterval(() => this.#maintain(), HOUR).unref();
  }

  /** Does what is asked, and sends the answer. Never throws. */
  take({ id, request, cancelled, outcome }: RequestMessage): void {
    const isCancelled = (): boolean => cancelled !== undefined && Atomics.load(cancelled, 0) !== 0;
    try {
      if (isCancelled()) return;
      const { value, transfer } = answer(this.#store, request, isCancelled);
      if (outcome === undefined) this.#send({ kind: "answer", id, value }, transfer);
      else tell(outcome, DONE);
    } catch (error) {
      if (outcome === undefined) this.#send({ kind: "failure", id, error: sentError(error) }, []);
      else tell(outcome, FAILED);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#store.close();
  }

  #maintain(): void {
    try {
      this.#store.maintain();
    } catch (error) {
      this.#send({ kind: "warning", message: `maintenance failed: ${String(error)}` }, []);
    }
  }
}

function tell(outcome: Int32Array, how: number): void {
  Atomics.store(outcome, 0, how);
  Atomics.notify(outcome, 0);
}
