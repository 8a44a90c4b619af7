import { Mutex } from "../../io/mutex.ts";
import { withTimeout } from "../../io/timeout.ts";

// Share of a collection's time that another one may wait for callbacks before it.
const SHARE_BEFORE = 0.5;

/** The turns of one provider's collections, each of which waits for asynchronous callbacks. */
export class CollectionQueue {
  readonly #mutex = new Mutex();
  #endWait = (): void => {};
  // Time at which the current wait ends, if any.
  #end = -Infinity;
  // The collections that wait for their turn, and the ends of their time.
  readonly #queued = new Set<{ readonly end: number }>();
  // Times at which waits end, by the timers that end the wait of the turn that is current then.
  readonly #ends = new Map<NodeJS.Timeout, number>();

  /**
   * Runs a collection after all previous ones have ended, and after its preparation, which may include collections. If one
   * of these would wait for callbacks longer than this one has time, that wait is cut short. Otherwise one slow callback
   * would delay all readers.
   */
  take<Result>(
    timeoutMillis: number,
    preparing: Promise<void> | undefined,
    collect: () => Promise<Result>,
  ): Promise<Result> {
    const isNext = preparing === undefined && this.#mutex.isFree;
    return isNext ? this.#mutex.run(collect) : this.#queue(timeoutMillis, preparing, collect);
  }

  async #queue<Result>(
    timeoutMillis: number,
    preparing: Promise<void> | undefined,
    collect: () => Promise<Result>,
  ): Promise<Result> {
    const queued = { end: performance.now() + timeoutMillis };
    this.#queued.add(queued);
    if (queued.end < this.#end) setTimeout(this.#endWait, timeoutMillis * SHARE_BEFORE).unref();
    try {
      if (preparing !== undefined) await preparing;
      return await this.#mutex.run(() => {
        this.#queued.delete(queued);
        return collect();
      });
    } finally {
      this.#queued.delete(queued);
    }
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
    const ends = [...this.#ends.values()];
    for (const { end } of this.#queued)
      // One whose time is over needs none of it.
      if (end > begin && end < begin + timeoutMillis) ends.push(begin + (end - begin) * SHARE_BEFORE);
    const limitMillis = Math.min(timeoutMillis, Math.max(Math.round(Math.min(...ends) - begin), 0));
    this.#end = begin + limitMillis;
    const whole = (): number => limitMillis;
    const ended = Promise.race([callbacks.then(whole), cut]);
    return withTimeout(ended, limitMillis, whole, options).finally(() => (this.#end = -Infinity));
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
