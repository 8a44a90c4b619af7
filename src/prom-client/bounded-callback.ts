/** Callback `collect` of a metric in the collections of the running SDK. */
import { TimeoutError } from "../engine/sdk-values.ts";
import { withTimeout } from "../io/timeout.ts";

// Half of Prometheus' default time-out of a scrape.
const TIMEOUT_MILLIS = 5_000;

/** A callback that a collection waits for at most 5 seconds. A late one is not called again before it has ended. */
export class BoundedCallback {
  readonly #name: string;
  readonly #call: () => Promise<void> | undefined;
  readonly #onFailure: (error: unknown) => void;
  #current: { readonly bounded: Promise<void>; isLate: boolean } | undefined;

  /** @param onFailure called if the callback rejects or is late; the collection gets what it throws. */
  constructor(name: string, call: () => Promise<void> | undefined, onFailure: (error: unknown) => void) {
    this.#name = name;
    this.#call = call;
    this.#onFailure = onFailure;
  }

  get isRunning(): boolean {
    return this.#current !== undefined;
  }

  get isLate(): boolean {
    return this.#current?.isLate === true;
  }

  /** Calls the callback, unless a call of it has not ended. Returns a promise if the collection has to wait. */
  run(): Promise<void> | undefined {
    const known = this.#current;
    if (known !== undefined) return known.isLate ? undefined : known.bounded;
    const called = this.#call();
    if (called === undefined) return undefined;
    const bounded = withTimeout(called, TIMEOUT_MILLIS, () => {
      current.isLate = true;
      throw new TimeoutError(
        `metric "${this.#name}": its callback \`collect\` has not ended after ${TIMEOUT_MILLIS / 1e3} s and is not called again until it has; make it end sooner`,
      );
    }).catch(this.#onFailure);
    const current = { bounded, isLate: false };
    this.#current = current;
    const end = (): void => {
      this.#current = undefined;
    };
    called.then(end, end);
    return bounded;
  }
}
