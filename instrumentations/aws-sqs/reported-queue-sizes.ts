// How many messages wait, where the application itself asks for it: each question costs money.
import type { Destinations, Recording } from "../shared/index.ts";

// A size that nobody has asked for again since is no longer true.
const MAX_AGE_MILLIS = 300_000;
const MAX_QUEUES = 1_000;

interface ReportedQueueSize {
  readonly timer: NodeJS.Timeout;
  forget: () => void;
}

/** The sizes that the application was told, each for 5 minutes. */
export class ReportedQueueSizes {
  readonly #destinations: Destinations;
  readonly #byUrl = new Map<string, ReportedQueueSize>();

  constructor(recording: Recording<unknown>, destinations: Destinations) {
    this.#destinations = destinations;
    recording.onEnd(() => {
      for (const url of this.#byUrl.keys()) this.#forget(url);
    });
  }

  /** The application was told `size`, which comes as text. */
  told(url: string, size: unknown): void {
    if (typeof size !== "string" || !/^\d+$/.test(size)) return;
    const known = this.#byUrl.get(url);
    if (known === undefined && this.#byUrl.size >= MAX_QUEUES) return;
    const forget = this.#destinations.of(url).queueSize(Number(size));
    if (known === undefined) {
      const timer = setTimeout(() => this.#forget(url), MAX_AGE_MILLIS).unref();
      this.#byUrl.set(url, { timer, forget });
    } else {
      known.timer.refresh();
      known.forget = forget;
    }
  }

  #forget(url: string): void {
    const told = this.#byUrl.get(url);
    if (told === undefined) return;
    clearTimeout(told.timer);
    told.forget();
    this.#byUrl.delete(url);
  }
}
