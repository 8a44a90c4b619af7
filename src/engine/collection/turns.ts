import { Mutex } from "../../io/mutex.ts";
import { withTimeout } from "../../io/timeout.ts";

/** The turns of one provider's collections, each of which waits for asynchronous callbacks. */
export class Turns {
  readonly #mutex = new Mutex();
  #endWait = (): void => {};
  #timer: NodeJS.Timeout | undefined;
  #endsAt = Infinity;

  /** Runs a collection after all previous ones have ended. */
  take<Result>(collect: () => Promise<Result>): Promise<Result> {
    return this.#mutex.run(collect);
  }

  /** Waits for the callbacks of the current turn. Resolves to the limit of the wait in milliseconds. */
  wait(
    callbacks: Promise<unknown>,
    timeoutMillis: number,
    options: { readonly keepsAlive: boolean },
  ): Promise<number> {
    const begin = performance.now();
    const cut = new Promise<number>((resolve) => {
      this.#endWait = () => resolve(Math.round(performance.now() - begin));
    });
    const whole = (): number => timeoutMillis;
    return withTimeout(Promise.race([callbacks.then(whole), cut]), timeoutMillis, whole, options);
  }

  /** Ends the wait of the turn that is current after `millis`. The earliest of several calls counts. */
  endWaitIn(millis: number): void {
    const endsAt = performance.now() + millis;
    if (endsAt >= this.#endsAt) return;
    this.#endsAt = endsAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#endsAt = Infinity;
      this.#endWait();
    }, millis).unref();
  }
}
