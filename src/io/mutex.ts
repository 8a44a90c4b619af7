/** Has asynchronous work done one piece after the other. */
export class Mutex {
  #last: Promise<void> | undefined;

  /** Does the work when all that was given before is over: at once if there is none. Work must not wait for ever. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#last;
    let end = (): void => {};
    // Noted before the work begins: what the work itself asks for comes after it.
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
