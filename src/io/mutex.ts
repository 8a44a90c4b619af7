/** Runs asynchronous work one piece at a time, in order. */
export class Mutex {
  #last: Promise<void> | undefined;

  /** Whether work would run at once. */
  get isFree(): boolean {
    return this.#last === undefined;
  }

  /** Runs `work` after all previous work has settled, or at once. Work must settle eventually. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    let end = (): void => {};
    // Set before the work starts, so that work which it adds itself runs after it.
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#last = over;
    const running = before === undefined ? work() : before.then(work);
    const finish = (): void => {
      if (this.#last === over) this.#last = undefined;
      end();
    };
    running.then(finish, finish);
    return running;
  }
}
