/** Has asynchronous work done one piece after the other. */
export class Turns {
  #last: Promise<unknown> | undefined;

  /** Does the work when all that was given before is over: at once if there is none. Work must not reject for ever. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last === undefined ? work() : this.#last.then(work, work);
    this.#last = turn;
    const end = (): void => {
      if (this.#last === turn) this.#last = undefined;
    };
    turn.then(end, end);
    return turn;
  }
}
