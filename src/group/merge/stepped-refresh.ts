/** A refresh in steps. One that is under way can be finished at once. */

export class SteppedRefresh {
  #steps: Generator<undefined, void> | undefined;
  #isStepping = false;
  // Work that waits for the end of a step.
  readonly #waiting: (() => void)[] = [];

  /** Runs a refresh. One that is under way is finished before. */
  *run(steps: Generator<undefined, void>): Generator<undefined, void> {
    // The process may be ending, by a hook that is called amid a step.
    if (this.#isStepping) return;
    this.finish();
    this.#steps = steps;
    while (this.#step(steps)) yield;
    if (this.#steps === steps) this.#steps = undefined;
  }

  /** Runs all further steps now. A collection at the end of the process overtakes one that is under way. */
  finish(): void {
    const steps = this.#steps;
    this.#steps = undefined;
    if (steps === undefined) return;
    let hasMore = true;
    while (hasMore) hasMore = this.#step(steps);
  }

  /** Calls `work` after a refresh that is under way: now, or, amid a step, at the end of it. */
  afterwards(work: () => void): void {
    if (this.#isStepping) {
      this.#waiting.push(work);
      return;
    }
    this.finish();
    work();
  }

  // Reading a thread's messages may show that another thread has ended. Returns whether there are further steps.
  #step(steps: Generator<undefined, void>): boolean {
    this.#isStepping = true;
    let isDone: boolean | undefined = true;
    try {
      isDone = steps.next().done;
    } finally {
      this.#isStepping = false;
    }
    for (const work of this.#waiting.splice(0)) this.afterwards(work);
    return isDone !== true;
  }
}
