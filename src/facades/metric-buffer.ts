// The latest measurements of a facade, for `getCollectedMetrics()`: all of them at a common rate, a sample of those
// that come faster.
import { show } from "../diagnostics/show.ts";
import { FacadeOptionsError } from "../recording/facade-options-error.ts";
import { boundedName } from "../recording/bounded-names.ts";
import type { PerformanceMetric } from "./performance-metric.ts";

/** What facades with a buffer take. */
export interface CollectedMetricsOptions {
  /**
   * How many metrics of one name `getCollectedMetrics()` keeps of each second, 1 to 10,000; of more it keeps an even
   * sample.
   *
   * @defaultValue 100
   */
  readonly maxMetricsPerSecond?: number | undefined;
}

/** How a buffer can be set up. All but `maxMetricsPerSecond` are for tests. */
export interface MetricBufferOptions extends CollectedMetricsOptions {
  /** How many metrics it holds, at least those of one second; by default 10,000. */
  readonly capacity?: number;
  /** A monotonic clock. */
  readonly nowMillis?: () => number;
  /** A number from 0 to below 1, like `Math.random`. */
  readonly random?: () => number;
}

// What came under one name within a second: all of it, or an even sample.
interface Second {
  readonly name: string;
  readonly startMillis: number;
  readonly kept: PerformanceMetric[];
  seen: number;
}

const DEFAULT_CAPACITY = 10_000;
const DEFAULT_PER_SECOND = 100;
const SECOND_MILLIS = 1000;
const MAX_COUNTED_NAMES = 1_000;

/**
 * Holds metrics until they are drained: of each name `maxMetricsPerSecond` at most. Of more than that it keeps a sample in which
 * each has the same chance to be (Vitter's algorithm R). It holds 10,000 at most; in place of more, those of the oldest
 * second of a name go. What was left out is counted by name.
 */
export class MetricBuffer {
  readonly #perSecond: number;
  readonly #capacity: number;
  readonly #nowMillis: () => number;
  readonly #random: () => number;
  // In the order in which they began. None is empty, so there are never more of them than metrics.
  readonly #seconds = new Set<Second>();
  readonly #current = new Map<string, Second>();
  readonly #leftOut = new Map<string, number>();
  #size = 0;

  /** @throws FacadeOptionsError if `maxMetricsPerSecond` is not a whole number from 1 to 10,000. */
  constructor(options: MetricBufferOptions = {}) {
    this.#perSecond = checkedPerSecond(options.maxMetricsPerSecond);
    this.#capacity = Math.max(options.capacity ?? DEFAULT_CAPACITY, this.#perSecond);
    this.#nowMillis = options.nowMillis ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
  }

  /** How many metrics it holds. */
  get size(): number {
    return this.#size;
  }

  /** Keeps `metric`, or leaves it or another one of the same name and second out. */
  push(metric: PerformanceMetric): void {
    this.offer(metric.name, this.#nowMillis(), () => metric);
  }

  /** The same for hot paths, by the buffer's own clock: has the metric made only where it is kept. */
  offer(name: string, nowMillis: number, make: () => PerformanceMetric): void {
    const second = this.#secondOf(name, nowMillis);
    second.seen++;
    if (second.kept.length < this.#perSecond) {
      second.kept.push(make());
      if (++this.#size > this.#capacity) this.#dropOldest();
    } else {
      const place = Math.floor(this.#random() * second.seen);
      if (place < this.#perSecond) second.kept[place] = make();
    }
  }

  /**
   * Gives what it holds, in the order of time, and is empty. A metric of a sampled second has
   * `context.sampledFrom`: how many there were. What comes next begins a new second.
   */
  drain(): PerformanceMetric[] {
    const metrics: PerformanceMetric[] = [];
    for (const { name, kept, seen } of this.#seconds) {
      if (seen > kept.length) addCount(this.#leftOut, name, seen - kept.length);
      for (const metric of kept) {
        metrics.push(
          seen === kept.length ? metric : { ...metric, context: { ...metric.context, sampledFrom: seen } },
        );
      }
    }
    this.#seconds.clear();
    this.#current.clear();
    this.#size = 0;
    return metrics.toSorted((first, second) => first.timestamp - second.timestamp);
  }

  /** By name, how many metrics were pushed since the buffer was made and left out of what it gave, or will give. */
  leftOut(): Record<string, number> {
    const counts = new Map(this.#leftOut);
    for (const { name, kept, seen } of this.#seconds) {
      if (seen > kept.length) addCount(counts, name, seen - kept.length);
    }
    return Object.fromEntries(counts);
  }

  #secondOf(name: string, nowMillis: number): Second {
    const current = this.#current.get(name);
    if (current !== undefined && nowMillis - current.startMillis < SECOND_MILLIS) return current;
    const second: Second = { name, startMillis: nowMillis, kept: [], seen: 0 };
    this.#seconds.add(second);
    this.#current.set(name, second);
    return second;
  }

  #dropOldest(): void {
    for (const oldest of this.#seconds) {
      this.#seconds.delete(oldest);
      if (this.#current.get(oldest.name) === oldest) this.#current.delete(oldest.name);
      this.#size -= oldest.kept.length;
      addCount(this.#leftOut, oldest.name, oldest.seen);
      return;
    }
  }
}

function checkedPerSecond(given: unknown): number {
  if (given === undefined) return DEFAULT_PER_SECOND;
  if (typeof given === "number" && Number.isInteger(given) && given >= 1 && given <= DEFAULT_CAPACITY)
    return given;
  throw new FacadeOptionsError(
    `option "maxMetricsPerSecond": ${show(given)} is not a whole number from 1 to ${DEFAULT_CAPACITY}; give how many metrics of one name to keep of each second, such as ${DEFAULT_PER_SECOND}`,
  );
}

// Names may be without number; those beyond the first 1,000 are counted together.
function addCount(counts: Map<string, number>, name: string, count: number): void {
  const key = boundedName(counts, name, MAX_COUNTED_NAMES);
  counts.set(key, (counts.get(key) ?? 0) + count);
}
