import { AsyncLocalStorage } from "node:async_hooks";
import { readField } from "../../events/labels.ts";

// `undefined` until the first such call: before Node.js 24, its first use doubles the cost of each promise of the process.
let storage: AsyncLocalStorage<InnerCalls> | undefined;
// Whether something else than calls through a library is measured in this process: a client, or the application's own operations.
let isExpected = false;
// That of the call that was made last.
let ownRequest: unknown;

type Kind = "embeddings" | "media" | "text";

// Google names its chats like media, and has models for images: `imagen-4`, `gemini-3-pro-image`.
function kindOf(request: unknown): Kind {
  const [operation, provider] = [readField(request, "operation"), readField(request, "provider")];
  if (operation === "embeddings") return "embeddings";
  const isGoogles = typeof provider === "string" && provider.startsWith("gcp.");
  const paints = isGoogles && /image/.test(String(readField(request, "requestModel")));
  return paints || (operation === "generate_content" && !isGoogles) ? "media" : "text";
}

/**
 * The operations that begin within one call through a library. It may use the client of a provider underneath, or another model
 * that is wrapped, too: both would record the same call. The inner operation is kept. That of a client knows the provider, the
 * server and each attempt.
 */
export class InnerCalls {
  readonly #kind: Kind;
  #hasAny = false;

  /** @param request that of its own operation, which begins next. */
  constructor(request?: unknown) {
    this.#kind = kindOf(request);
    ownRequest = request;
  }

  /** Whether an operation of the same kind has begun within. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  /**
   * Runs `call`. Operations that begin in it, and in its promises and callbacks, are within. Not if nothing that is measured
   * can begin in it: no client is loaded, and `mayNest` is false.
   */
  around<T>(call: () => T, mayNest = true): T {
    return isExpected || mayNest ? (storage ??= new AsyncLocalStorage()).run(this, call) : call();
  }

  /** Notes a call of which the library itself knows that it began within. */
  holds(inner: InnerCalls): void {
    this.#noteKind(inner.#kind);
  }

  #noteKind(kind: Kind): void {
    if (kind === this.#kind || (kind === "text" && this.#kind === "media")) this.#hasAny = true;
  }

  /** Announces that operations of clients may begin. */
  static expect(): void {
    isExpected = true;
  }

  /**
   * Notes an operation that begins here. A chat that looks something up by embeddings, or paints, is another call than they are.
   * Models of images may use a chat.
   */
  static note(request: unknown): void {
    if (request !== ownRequest) isExpected = true;
    const calls = storage?.getStore();
    if (calls !== undefined) calls.#noteKind(kindOf(request));
  }
}
