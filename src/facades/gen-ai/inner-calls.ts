import { AsyncLocalStorage } from "node:async_hooks";

// Made at the first call through another library: it makes each promise of the process dearer.
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

  /** Runs `call`. Operations that begin in it, and in its promises and callbacks, are within. */
  around<T>(call: () => T): T {
    storage ??= new AsyncLocalStorage();
    return storage.run(this, call);
  }

  /** Notes an operation that begins here. */
  static note(): void {
    const calls = storage?.getStore();
    if (calls !== undefined) calls.#hasAny = true;
  }
}
