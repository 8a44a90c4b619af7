import type { ScrapeBody } from "../exposition.ts";

/** Makes a body; the signal aborts once no request waits for it. */
export type MakeBody = (signal: AbortSignal) => Promise<ScrapeBody>;

/** Bodies that are being made, by key, so that equal requests at the same time share one. Finished ones are not kept. */
export class SharedBodies {
  readonly #beingMade = new Map<string, Sharing>();

  /**
   * The body of `key`: the one that is being made, or a new one. It lives until all requests that share it have released
   * it. Rejects with the signal's reason if that aborts first; with the last request, the making ends.
   */
  take(key: string, make: MakeBody, signal: AbortSignal): Promise<ScrapeBody> {
    let sharing = this.#beingMade.get(key);
    if (sharing === undefined) {
      const made = new Sharing(make, () => {
        if (this.#beingMade.get(key) === made) this.#beingMade.delete(key);
      });
      this.#beingMade.set(key, made);
      sharing = made;
    }
    return sharing.take(signal);
  }
}

class Sharing {
  readonly #making = new AbortController();
  readonly #body: Promise<ScrapeBody>;
  #holders = 0;

  constructor(make: MakeBody, onEnd: () => void) {
    this.#making.signal.addEventListener("abort", onEnd, { once: true });
    this.#body = make(this.#making.signal);
    this.#body.then(onEnd, onEnd);
  }

  async take(signal: AbortSignal): Promise<ScrapeBody> {
    this.#holders++;
    let held = true;
    const release = (): void => {
      if (held) this.#leave();
      held = false;
    };
    try {
      const { chunks, byteLength } = await unlessAborted(this.#body, signal);
      return { chunks, byteLength, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #leave(): void {
    this.#holders--;
    if (this.#holders > 0) return;
    this.#making.abort();
    this.#body.then(
      (body) => body.release(),
      () => {},
    );
  }
}

// The promise's outcome, or the signal's reason if that aborts first.
function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const settle = (): void => signal.removeEventListener("abort", abort);
    promise.then(resolve, reject).finally(settle);
  });
}
