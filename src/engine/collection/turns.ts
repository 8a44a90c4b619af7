import { Mutex } from "../../io/mutex.ts";
import { withTimeout } from "../../io/timeout.ts";

/** The turns of one provider's collections, each of which waits for asynchronous callbacks. */
export class Turns {
  readonly #mutex = new Mutex();
  #endWait = (): void => {};
  // Times at which waits end, by the timers that end the wait of the turn that is current then.
  readonly #ends = new Map<NodeJS.Timeout, number>();

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
    const left = Math.max(Math.round(Math.min(...this.#ends.values()) - begin), 0);
    const limitMillis = Math.min(timeoutMillis, left);
    const whole = (): number => limitMillis;
    return withTimeout(Promise.race([callbacks.then(whole), cut]), limitMillis, whole, options);
  }

  /**
   * Ends the waits of the current turn and of later ones after `millis`: turns that begin afterwards do not wait. Returns
   * a function that lifts this limit. The earliest of several limits counts.
   */
  endWaitIn(millis: number): () => void {
    const timer = setTimeout(() => this.#endWait(), millis).unref();
    this.#ends.set(timer, performance.now() + millis);
    return () => {
      clearTimeout(timer);
      this.#ends.delete(timer);
    };
  }
}
