import { LogOnce } from "../diagnostics/log-once.ts";
import type { TelemetryEvent } from "./event.ts";

interface Hook {
  readonly type: string;
  readonly callback: (event: TelemetryEvent) => unknown;
  /** Whether the hook was registered by the application, not by the SDK. */
  readonly isUsers: boolean;
  isRemoved: boolean;
  readonly once: LogOnce;
}

const EVERY_TYPE = "*";
const MAX_REMEMBERED_TYPES = 1_000;

/** Hooks by event type. They may change during a call: see `call`. */
export class Hooks {
  #hooks: readonly Hook[] = [];
  #usersHooks = 0;
  // Hooks of a type, including those of `*`. Cleared when #hooks changes or there are too many types.
  readonly #found = new Map<string, readonly Hook[]>();
  readonly #onError: () => void;

  /** @param onError called each time a hook fails. */
  constructor(onError: () => void) {
    this.#onError = onError;
  }

  /** Adds a hook. Returns a function that removes it. */
  add(type: string, callback: Hook["callback"], isUsers: boolean): () => void {
    const hook: Hook = { type, callback, isUsers, isRemoved: false, once: new LogOnce() };
    this.#replace([...this.#hooks, hook]);
    return () => {
      hook.isRemoved = true;
      this.#replace(this.#hooks.filter((other) => other !== hook));
    };
  }

  hears(type: string): boolean {
    return this.#hooksOf(type).length > 0;
  }

  /** Whether the application has a hook for this type. */
  listens(type: string): boolean {
    // Called at each recording, so the usual case comes first.
    return this.#usersHooks > 0 && this.#hooksOf(type).some((hook) => hook.isUsers);
  }

  /** Calls the hooks in the order of registration. A hook that is removed or added meanwhile is not called. */
  call(event: TelemetryEvent, usersOnly: boolean): void {
    for (const hook of this.#hooksOf(event.event_type)) {
      if (!hook.isRemoved && (hook.isUsers || !usersOnly))
        callListener(
          () => hook.callback(event),
          (error) => this.#fail(hook, error),
        );
    }
  }

  #fail(hook: Hook, error: unknown): void {
    this.#onError();
    hook.once.error("", () => `hook for "${hook.type}": callback failed; the other hooks ran`, error);
  }

  #replace(hooks: readonly Hook[]): void {
    this.#hooks = hooks;
    this.#usersHooks = hooks.filter((hook) => hook.isUsers).length;
    this.#found.clear();
  }

  #hooksOf(type: string): readonly Hook[] {
    const known = this.#found.get(type);
    if (known !== undefined) return known;
    if (this.#hooks.length === 0) return this.#hooks;
    const found = this.#hooks.filter((hook) => hook.type === type || hook.type === EVERY_TYPE);
    if (this.#found.size >= MAX_REMEMBERED_TYPES) this.#found.clear();
    this.#found.set(type, found);
    return found;
  }
}

/** Calls a listener. Errors that it throws, and rejections of its promise, are passed to `onError`. */
export function callListener(listener: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = listener();
    if (isThenable(result)) result.then(undefined, onError);
  } catch (error) {
    onError(error);
  }
}

interface Thenable {
  then(onFulfilled: undefined, onRejected: (error: unknown) => void): unknown;
}

function isThenable(value: unknown): value is Thenable {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
