import { AsyncLocalStorage } from "node:async_hooks";
import { readField } from "../../events/labels.ts";

// `undefined` until the first such call: before Node.js 24, its first use doubles the cost of each promise of the process.
let storage: AsyncLocalStorage<InnerCalls> | undefined;

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

  constructor(request?: unknown) {
    this.#kind = kindOf(request);
  }

  /** Whether an operation of the same kind has begun within. */
  get hasAny(): boolean {
    return this.#hasAny;
  }

  /** Runs `call`. Operations that begin in it, and in its promises and callbacks, are within. */
  around<T>(call: () => T): T {
    return (storage ??= new AsyncLocalStorage()).run(this, call);
  }

  /**
   * Notes an operation that begins here. A chat that looks something up by embeddings, or paints, is another call than they are.
   * Models of images may use a chat.
   */
  static note(request: unknown): void {
    const calls = storage?.getStore();
    if (calls === undefined) return;
    const kind = kindOf(request);
    if (kind === calls.#kind || (kind === "text" && calls.#kind === "media")) calls.#hasAny = true;
  }
}
