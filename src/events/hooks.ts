// Who wants to hear of events, and in which order.
import { LogOnce } from "../diagnostics/log-once.ts";
import type { TelemetryEvent } from "./event.ts";

interface Hook {
  readonly type: string;
  readonly callback: (event: TelemetryEvent) => unknown;
  /** Whether a user registered it, rather than the SDK for itself. */
  readonly isUsers: boolean;
  isRemoved: boolean;
  readonly once: LogOnce;
}

const EVERY_TYPE = "*";
const MAX_REMEMBERED_TYPES = 1_000;

/** Hooks by event type. A change of the hooks during a call is no trouble: see `call`. */
export class Hooks {
  #hooks: readonly Hook[] = [];
  #usersHooks = 0;
  // What was found in #hooks for a type, `*` included; emptied when #hooks changes, and where types never end.
  readonly #found = new Map<string, readonly Hook[]>();
  readonly #onError: () => void;

  /** @param onError called each time a hook fails. */
  constructor(onError: () => void) {
    this.#onError = onError;
  }

  /** Adds a hook and returns its removal. */
  add(type: string, callback: Hook["callback"], isUsers: boolean): () => void {
    const hook: Hook = { type, callback, isUsers, isRemoved: false, once: new LogOnce() };
    this.#replace([...this.#hooks, hook]);
    return () => {
      hook.isRemoved = true;
      this.#replace(this.#hooks.filter((other) => other !== hook));
    };
  }

  /** Whether any hook would hear an event of this type. */
  hears(type: string): boolean {
    return this.#hooksOf(type).length > 0;
  }

  /** Whether a user's hook would hear an event of this type. */
  listens(type: string): boolean {
    // Facades ask at each recording, so the usual answer comes first.
    return this.#usersHooks > 0 && this.#hooksOf(type).some((hook) => hook.isUsers);
  }

  /**
   * Calls the hooks of an event, in the order of registration; only the users' where `usersOnly`. A hook that is removed
   * meanwhile is not called any more, one that is added meanwhile not yet.
   */
  call(event: TelemetryEvent, usersOnly: boolean): void {
    for (const hook of this.#hooksOf(event.event_type)) {
      if (!hook.isRemoved && (hook.isUsers || !usersOnly)) this.#callOne(hook, event);
    }
  }

  #callOne(hook: Hook, event: TelemetryEvent): void {
    try {
      const result = hook.callback(event);
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.#fail(hook, error));
    } catch (error) {
      this.#fail(hook, error);
    }
  }

  #fail(hook: Hook, error: unknown): void {
    this.#onError();
    hook.once.error("", () => `hook for "${hook.type}": it failed; the other hooks ran`, error);
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

interface Thenable {
  then(onFulfilled: undefined, onRejected: (error: unknown) => void): unknown;
}

function isThenable(value: unknown): value is Thenable {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
