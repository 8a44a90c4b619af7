import { AsyncLocalStorage } from "node:async_hooks";

let isWatched = false;

/**
 * Makes each later `run` mark the code that it runs, so that an instrumentation does not count it twice. Runs cost
 * nothing extra if this is never called. Cannot be undone.
 */
export function markRuns(): void {
  isWatched = true;
}

interface Run {
  isOver: boolean;
}

/** Detects whether code was called by a `run` that has not ended yet, through any number of promises and callbacks. */
export class RunScope {
  #storage: AsyncLocalStorage<Run> | undefined;

  /** Runs `call` within the scope, which ends when `call` calls its argument. */
  within<T>(call: (over: () => void) => T): T {
    if (!isWatched) return call(() => {});
    const run: Run = { isOver: false };
    const storage = (this.#storage ??= new AsyncLocalStorage());
    return storage.run(run, call, () => {
      run.isOver = true;
    });
  }

  /** Whether the calling code is within the scope. */
  get isInside(): boolean {
    const run = this.#storage?.getStore();
    return run !== undefined && !run.isOver;
  }
}
