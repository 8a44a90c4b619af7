import { AsyncLocalStorage } from "node:async_hooks";

// `undefined` until the first such call: before Node.js 24, its first use doubles the cost of each promise of the process.
let storage: AsyncLocalStorage<InnerCalls> | undefined;
const EMBEDDINGS = "embeddings";

/**
 * The operations that begin within one call through a library. It may use the client of a provider underneath, or another model
 * that is wrapped, too: both would record the same call. The inner operation is kept. That of a client knows the provider, the
 * server and each attempt.
 */
export class InnerCalls {
  readonly #isEmbedding: boolean;
  #hasAny = false;

  constructor(operation = "chat") {
    this.#isEmbedding = operation === EMBEDDINGS;
  }

  /** Whether an operation of the same kind has begun within. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  /** Runs `call`. Operations that begin in it, and in its promises and callbacks, are within. */
  around<T>(call: () => T): T {
    return (storage ??= new AsyncLocalStorage()).run(this, call);
  }

  /** Notes an operation that begins here. A chat that looks something up by embeddings is another call than they are. */
  static note(operation: unknown): void {
    const calls = storage?.getStore();
    if (calls !== undefined && calls.#isEmbedding === (operation === EMBEDDINGS)) calls.#hasAny = true;
  }
}
