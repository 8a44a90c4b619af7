// Limits the number of concurrent scrapes.
import { realClearTimeout, realSetTimeout } from "../../../io/timeout.ts";

// A client that has received nothing for this time may lose its place.
const STALL_MILLIS = 1_000;
// Longer than the time above by more than a busy process needs to send what fits into the buffers of 16 connections.
const MAX_WAIT_MILLIS = 3_000;
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
  // Waiting scrapes in order of arrival, each with the function that admits it.
  readonly #waiting = new Set<(place: Place) => void>();

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Takes a place. If all are taken, waits for up to 3 s and disconnects a client that does not read. Resolves to
   * `undefined` if no place becomes free.
   */
  async take(): Promise<Place | undefined> {
    if (this.#waiting.size === 0 && this.#hasRoom()) return this.#newPlace();
    return this.#awaitedPlace();
  }

  #awaitedPlace(): Promise<Place | undefined> {
    return new Promise((resolve) => {
      const limit = performance.now() + MAX_WAIT_MILLIS;
      let timer: NodeJS.Timeout;
      const end = (place: Place | undefined): void => {
        realClearTimeout(timer);
        this.#waiting.delete(end);
        resolve(place);
      };
      // A client that does not read is found by the clock alone.
      const check = (): void => {
        this.#admit();
        if (!this.#waiting.has(end)) return;
        if (performance.now() > limit) end(undefined);
        else timer = realSetTimeout(check, CHECK_MILLIS).unref();
      };
      timer = realSetTimeout(check, CHECK_MILLIS).unref();
      this.#waiting.add(end);
    });
  }

  // Admits those that wait, as long as there is room.
  #admit(): void {
    for (const admitted of this.#waiting) {
      if (!this.#hasRoom()) return;
      admitted(this.#newPlace());
    }
  }

  #newPlace(): Place {
    const place: Place = {
      sends: (cut) => {
        if (this.#taken.has(place)) this.#taken.set(place, { sinceMillis: performance.now(), cut });
      },
      leave: () => {
        if (this.#taken.delete(place)) this.#admit();
      },
    };
    this.#taken.set(place, undefined);
    return place;
  }

  // Disconnects the client that has not read for the longest time, if all places are taken.
  #hasRoom(): boolean {
    if (this.#taken.size < this.#max) return true;
    const unread = [...this.#taken].flatMap(([place, sending]) => (sending ? [{ place, ...sending }] : []));
    const [longest] = unread.toSorted((left, right) => left.sinceMillis - right.sinceMillis);
    if (longest === undefined || performance.now() - longest.sinceMillis < STALL_MILLIS) return false;
    this.#taken.delete(longest.place);
    longest.cut();
    return true;
  }
}
