// Messages between a worker thread and the main thread of its group. Both run the same version of the package, and no
// other code knows their channel.

/** Messages of a thread. The first one is its hello. */
export type FromThread =
  | {
      readonly kind: "hello";
      readonly threadId: number;
      /** The members that the thread descends from. It ends with each of them. */
      readonly ancestors: readonly number[];
    }
  | { readonly kind: "message"; readonly message: unknown }
  /** The end of a thread that this thread had started. */
  | { readonly kind: "ended"; readonly threadId: number };

/** Messages of the main thread. */
export interface FromMainThread {
  readonly kind: "ask";
}

export function isFromThread(message: unknown): message is FromThread {
  return isOneOf(["hello", "message", "ended"], message);
}

export function isFromMainThread(message: unknown): message is FromMainThread {
  return isOneOf(["ask"], message);
}

function isOneOf(kinds: readonly unknown[], message: unknown): boolean {
  return typeof message === "object" && message !== null && "kind" in message && kinds.includes(message.kind);
}
