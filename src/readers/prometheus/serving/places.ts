// Places for scrapes that are answered at the same time.
import { realSetTimeout } from "../../../io/timeout.ts";

// A client to which nothing could be sent for this time gives way to another scrape.
const STALL_MILLIS = 1_000;
const MAX_WAIT_MILLIS = 1_500;
const CHECK_MILLIS = 50;

/** One scrape's place, from its admission until its answer is taken. */
export class Place {
  /** The latest time at which something could be sent; `undefined` while the answer is being made. */
  sending: { readonly sinceMillis: number; readonly cut: () => void } | undefined;
  readonly #leave: (place: Place) => void;

  constructor(leave: (place: Place) => void) {
    this.#leave = leave;
  }

  /** Notes that the sending begins, or that more could be sent. `cut` ends the connection. */
  sends(cut: () => void): void {
    this.sending = { sinceMillis: performance.now(), cut };
  }

  /** Makes the place free. A second call does nothing. */
  leave(): void {
    this.#leave(this);
  }
}

export class Places {
  readonly #max: number;
  readonly #taken = new Set<Place>();
  // Waiting scrapes, in their order.
  readonly #waiting = new Set<symbol>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Takes a place. Waits for a moment if there is none; a client that does not read is cut off then. Resolves to `undefined`
   * if no place becomes free.
   */
  async take(): Promise<Place | undefined> {
    const turn = Symbol("turn");
    this.#waiting.add(turn);
    const hasTurn = await this.#waits(turn);
    this.#waiting.delete(turn);
    if (!hasTurn) return undefined;
    const place = new Place((left) => void this.#taken.delete(left));
    this.#taken.add(place);
    return place;
  }

  async #waits(turn: symbol): Promise<boolean> {
    const end = performance.now() + MAX_WAIT_MILLIS;
    for (;;) {
      const [first] = this.#waiting;
      if (first === turn) this.#makeRoom();
      if (first === turn && this.#taken.size < this.#max) return true;
      if (performance.now() > end) return false;
      await new Promise<void>((resolve) => void realSetTimeout(resolve, CHECK_MILLIS).unref());
    }
  }

  #makeRoom(): void {
    if (this.#taken.size < this.#max) return;
    const place = this.#longestUnread();
    if (place?.sending === undefined || performance.now() - place.sending.sinceMillis < STALL_MILLIS) return;
    place.sending.cut();
    place.leave();
  }

  #longestUnread(): Place | undefined {
    let longest: Place | undefined;
    for (const place of this.#taken) {
      const { sinceMillis = Infinity } = place.sending ?? {};
      if (sinceMillis < (longest?.sending?.sinceMillis ?? Infinity)) longest = place;
    }
    return longest;
  }
}
