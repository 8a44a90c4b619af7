// Where `Commands.run` is at work, so that what it runs is not counted a second time by a hook.
import { AsyncLocalStorage } from "node:async_hooks";

let isAsked = false;

/**
 * Has every `run` from now on mark what it runs: as long as no hook looks, nobody pays for the marks. Cannot be taken
 * back.
 */
export function markRuns(): void {
  isAsked = true;
}

interface Run {
  isOver: boolean;
}

/** Knows whether code was called, over any number of promises and callbacks, by something that still runs. */
export class RunScope {
  #storage: AsyncLocalStorage<Run> | undefined;

  /** Calls `call` within the scope; it ends when `call` calls what it is given. */
  within<T>(call: (over: () => void) => T): T {
    if (!isAsked) return call(() => {});
    const run: Run = { isOver: false };
    const storage = (this.#storage ??= new AsyncLocalStorage());
    return storage.run(run, call, () => {
      run.isOver = true;
    });
  }

  /** Whether the caller is within the scope. A server that was started there is not, once `call` is over. */
  get isInside(): boolean {
    const run = this.#storage?.getStore();
    return run !== undefined && !run.isOver;
  }
}
