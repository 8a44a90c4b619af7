import { AsyncLocalStorage } from "node:async_hooks";

let isWatched = false;

/**
 * Makes every `run` from now on mark what it runs, so that an instrumentation does not count it twice. Without this
 * call runs cost nothing. Cannot be undone.
 */
export function markRuns(): void {
  isWatched = true;
}

interface Run {
  isOver: boolean;
}

/** Detects whether code was called, over any number of promises and callbacks, by a `run` that is not over. */
export class RunScope {
  #storage: AsyncLocalStorage<Run> | undefined;

  /** Calls `call` within the scope, which ends when `call` calls its argument. */
  within<T>(call: (over: () => void) => T): T {
    if (!isWatched) return call(() => {});
    const run: Run = { isOver: false };
    const storage = (this.#storage ??= new AsyncLocalStorage());
    return storage.run(run, call, () => {
      run.isOver = true;
    });
  }

  /** Whether the caller is within the scope. */
  get isInside(): boolean {
    const run = this.#storage?.getStore();
    return run !== undefined && !run.isOver;
  }
}
