// Messages between a worker thread and the main thread of its group. Both run the same version of the package, and no
// other code knows their channel.
import type { Chunk } from "../memory/chunks.ts";

/** Messages of a thread. The first one is its hello. */
export type FromThread =
  | {
      readonly kind: "hello";
      readonly threadId: number;
      /** The members that the thread descends from. It ends with each of them. */
      readonly ancestors: readonly number[];
    }
  | { readonly kind: "message"; readonly message: MemberMessage }
  /** The end of a thread that this thread had started. */
  | { readonly kind: "ended"; readonly threadId: number };

/** Messages of the main thread. */
export interface FromMainThread {
  readonly kind: "ask";
}

/** Messages of a thread as a member of the group. */
export type MemberMessage =
  /** A part of its memory. */
  | { readonly kind: "chunk"; readonly chunk: Chunk }
  | ThreadLines
  /** The state of its facades has changed. */
  | { readonly kind: "facts"; readonly facts: string }
  /** New exemplars, as text. */
  | { readonly kind: "exemplars"; readonly exemplars: string }
  /** The answer to a request for figures. */
  | { readonly kind: "reported" };

/** Lines that the thread passes on. */
export interface ThreadLines {
  readonly kind: "lines";
  readonly lines: readonly string[];
  /** Number of characters that the main thread has read, in memory that both threads share. */
  readonly read: Int32Array<SharedArrayBuffer>;
}
