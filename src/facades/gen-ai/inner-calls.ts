import { AsyncLocalStorage } from "node:async_hooks";

// `undefined` while no client is instrumented: before Node.js 24, its first use doubles the cost of each promise of the process.
let storage: AsyncLocalStorage<InnerCalls> | undefined;

/**
 * The operations that begin within one call through a library, which may use the client of a provider underneath. Both would
 * record the same call. The operation of the client is kept: it knows the provider, the server and each attempt.
 */
export class InnerCalls {
  #hasAny = false;

  /** Whether an operation has begun within. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  /** Called when a client is instrumented. Before, calls have nothing within. */
  static expect(): void {
    storage ??= new AsyncLocalStorage();
  }

  /** Runs `call`. Operations that begin in it, and in its promises and callbacks, are within. */
  around<T>(call: () => T): T {
    return storage === undefined ? call() : storage.run(this, call);
  }

  /** Notes an operation that begins here. */
  static note(): void {
    const calls = storage?.getStore();
    if (calls !== undefined) calls.#hasAny = true;
  }
}
