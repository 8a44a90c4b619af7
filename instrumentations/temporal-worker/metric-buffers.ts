// Buffers into which Temporal's native runtimes write each update of their metrics.
import { fieldOf, hasMethods } from "../shared/fields.ts";
import { remember } from "../shared/names.ts";
import { once } from "../shared/once.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";

/** A buffer holds at most this number of updates; the runtime logs and drops further ones. */
export const MAX_UPDATES = 50_000;
const READ_MILLIS = 250;

/** Functions called with what is read. */
interface Sink {
  update(update: unknown): void;
  failed(error: unknown): void;
}

const NOWHERE: Sink = { update: () => {}, failed: () => {} };

/** Buffers that are read as long as their runtimes exist, also while nothing is recorded: full ones would be logged. */
class MetricBuffers {
  readonly #buffers = new Set<unknown>();
  readonly #begin = once(() => void setInterval(() => this.#read(), READ_MILLIS).unref());
  #sink: Sink = NOWHERE;
  // The latest updates, which come only with changes.
  readonly #gauges = new Map<string, unknown>();

  /** Adds the buffer of a new runtime. */
  add(buffer: unknown): void {
    this.#buffers.add(buffer);
    this.#begin();
  }

  has(buffer: unknown): boolean {
    return this.#buffers.has(buffer);
  }

  /** Passes updates from now on, and the values of gauges, to `sink`, or to none; those until now still go to the last one. */
  readBy(sink: Sink = NOWHERE): void {
    this.#read();
    this.#sink = sink;
    for (const update of this.#gauges.values()) sink.update(update);
  }

  #read(): void {
    const last = [...this.#buffers].at(-1);
    for (const buffer of this.#buffers) {
      try {
        for (const update of updatesIn(buffer)) {
          this.#keepGauge(update);
          this.#sink.update(update);
        }
      } catch (error) {
        this.#sink.failed(error);
      }
      if (fieldOf(buffer, "runtime") !== undefined) continue;
      // The runtime has ended, and there is one at a time. It may be made again with its options, that is, with the last buffer.
      this.#gauges.clear();
      if (buffer !== last) this.#buffers.delete(buffer);
    }
  }

  #keepGauge(update: unknown): void {
    const metric = fieldOf(update, "metric");
    if (fieldOf(metric, "kind") !== "gauge") return;
    const key = JSON.stringify([fieldOf(metric, "name"), fieldOf(update, "attributes")]);
    remember(this.#gauges, key, update);
  }
}

function updatesIn(buffer: unknown): Iterable<unknown> {
  const updates = hasMethods(buffer, "retrieveUpdates") ? buffer.retrieveUpdates() : undefined;
  return isIterable(updates) ? updates : [];
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof fieldOf(value, Symbol.iterator) === "function";
}

/** Returns the buffers of a recording's instrumentation. */
export const metricBuffersOf: (recording: Recording<unknown>) => MetricBuffers = outliving(
  () => new MetricBuffers(),
);
