// Events that come again and again, all alike: the mark of a loop that goes by way of another program.
import { createHash } from "node:crypto";
import { inspect } from "node:util";

const WINDOW_MILLIS = 1_000;
const MAX_WINDOWS = 1_000;
const MAX_CONTENTS = 10_000;
const MAX_KEPT_TEXT = 200;

/** What makes two events alike. */
export interface Repeatable {
  readonly event_type: string;
  readonly source: string;
  readonly data: unknown;
  readonly labels: object;
}

interface Window {
  readonly sinceMillis: number;
  /** The first events of the window, whose contents are looked at once there are more of them than the limit. */
  readonly first: Repeatable[];
  counts: Map<string, number> | undefined;
}

/**
 * Counts events of the same type, source, data and labels, in windows of a second. It remembers at most 1,000 types and
 * sources, and of each at most 10,000 contents a second: what differs that much is no loop.
 */
export class Repeats {
  readonly #limit: number;
  readonly #windows = new Map<string, Window>();

  /** @param limit how many that are alike may come within a second. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many types and sources it remembers. */
  get size(): number {
    return this.#windows.size;
  }

  /** Counts the event; whether it is one too many. */
  isTooMany(event: Repeatable, nowMillis: number = performance.now()): boolean {
    if (this.#limit === Infinity) return false;
    const window = this.#windowOf(event, nowMillis);
    if (window.counts === undefined) {
      window.first.push(event);
      if (window.first.length <= this.#limit) return false;
      window.counts = countsOf(window.first.splice(0, window.first.length - 1));
    }
    return this.#countOf(window.counts, event) > this.#limit;
  }

  #countOf(counts: Map<string, number>, event: Repeatable): number {
    const content = contentOf(event);
    const count = (counts.get(content) ?? 0) + 1;
    if (count > 1 || counts.size < MAX_CONTENTS) counts.set(content, count);
    return count;
  }

  #windowOf({ event_type, source }: Repeatable, nowMillis: number): Window {
    const key = `${event_type}\0${source}`;
    const known = this.#windows.get(key);
    if (known !== undefined && nowMillis - known.sinceMillis < WINDOW_MILLIS) return known;
    const window = { sinceMillis: nowMillis, first: [], counts: undefined };
    // Set anew, so that the windows stay in the order of their beginnings.
    this.#windows.delete(key);
    this.#windows.set(key, window);
    this.#forget(nowMillis);
    return window;
  }

  // Windows that are over say nothing any more, and may hold a lot.
  #forget(nowMillis: number): void {
    for (const [key, { sinceMillis }] of this.#windows) {
      if (this.#windows.size <= MAX_WINDOWS && nowMillis - sinceMillis < WINDOW_MILLIS) return;
      this.#windows.delete(key);
    }
  }
}

function countsOf(events: readonly Repeatable[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    const content = contentOf(event);
    counts.set(content, (counts.get(content) ?? 0) + 1);
  }
  return counts;
}

function contentOf({ data, labels }: Repeatable): string {
  const text = textOf([data, labels]);
  return text.length > MAX_KEPT_TEXT ? createHash("sha1").update(text).digest("base64") : text;
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // What is no JSON, such as a big integer or a circle.
    return inspectOrNothing(value);
  }
}

function inspectOrNothing(value: unknown): string {
  try {
    return inspect(value);
  } catch {
    return "";
  }
}
