// Limits the number of concurrent scrapes.
import { realSetTimeout } from "../../../io/timeout.ts";

// A client that has received nothing for this time may lose its place.
const STALL_MILLIS = 1_000;
const MAX_WAIT_MILLIS = 1_500;
const CHECK_MILLIS = 50;

/** The place of one scrape, from its admission until its response is sent. */
export interface Place {
  /** Records that sending begins, or that more was sent. `cut` closes the connection. */
  sends(cut: () => void): void;
  /** Frees the place. A second call does nothing. */
  leave(): void;
}

/** Time of the last progress in sending; `undefined` while the response is being made. */
type Sending = { readonly sinceMillis: number; readonly cut: () => void } | undefined;

export class Places {
  readonly #max: number;
  readonly #taken = new Map<Place, Sending>();
  // Waiting scrapes, in order of arrival.
  readonly #waiting = new Set<symbol>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Takes a place. If all are taken, waits for up to 1.5 s and disconnects a client that does not read. Resolves to
   * `undefined` if no place becomes free.
   */
  async take(): Promise<Place | undefined> {
    const turn = Symbol("turn");
    this.#waiting.add(turn);
    const hasTurn = await this.#waits(turn);
    this.#waiting.delete(turn);
    if (!hasTurn) return undefined;
    const place: Place = {
      sends: (cut) => {
        if (this.#taken.has(place)) this.#taken.set(place, { sinceMillis: performance.now(), cut });
      },
      leave: () => void this.#taken.delete(place),
    };
    this.#taken.set(place, undefined);
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
    const unread = [...this.#taken].flatMap(([place, sending]) => (sending ? [{ place, ...sending }] : []));
    const [longest] = unread.toSorted((left, right) => left.sinceMillis - right.sinceMillis);
    if (longest === undefined || performance.now() - longest.sinceMillis < STALL_MILLIS) return;
    longest.cut();
    longest.place.leave();
  }
}
