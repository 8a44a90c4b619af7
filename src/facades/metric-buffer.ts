import type { Labels } from "../events/labels.ts";
import { boundedName } from "../recording/bounded-names.ts";

/** One measurement, as returned by the facades `Application`, `Custom`, `Network` and `System`. */
export interface PerformanceMetric {
  /** Name of the metric. */
  readonly name: string;
  /** Measured value, in `unit`. */
  readonly value: number;
  /** Unit in UCUM (`s`, `By`); `count` by default. */
  readonly unit: string;
  /** Time of the measurement, in seconds since the epoch. */
  readonly timestamp: number;
  /** Labels of the measurement, exported as attributes. */
  readonly tags: Labels;
  /**
   * Additional data, which is not exported. If more measurements of this name were made in that second than are kept
   * (100 by default), `sampledFrom` is their number.
   */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Facade that made the measurement. */
  readonly source: "system" | "application" | "network" | "custom";
}

/** Returns a shallow copy of `given`, or `undefined` if it is empty, unreadable or not an object. Never throws. */
export function contextFromGiven(given: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  try {
    const context = { ...given };
    return Object.keys(context).length === 0 ? undefined : context;
  } catch {
    // A getter or a proxy may throw.
    return undefined;
  }
}

/** Options of the facades that buffer their measurements. */
export interface CollectedMetricsOptions {
  /**
   * Maximum number of measurements of one name and second in `getCollectedMetrics()`, from 1 to 10,000. If there are
   * more, an even sample is kept.
   *
   * @defaultValue 100
   */
  readonly maxMetricsPerSecond?: number | undefined;
}

/** Base class of the facades that buffer their measurements. */
export class MetricCollector {
  readonly #buffer: MetricBuffer;

  /** @internal */
  constructor(buffer: MetricBuffer) {
    this.#buffer = buffer;
  }

  /**
   * Returns the measurements since the last call and removes them, in the order of time. At most `maxMetricsPerSecond`
   * of each name and second are kept, 100 by default. If there were more, an even sample is kept, with their number as
   * `context.sampledFrom`. At most 10,000 measurements are kept in all; the oldest are dropped first.
   */
  getCollectedMetrics(): PerformanceMetric[] {
    return this.#buffer.drain();
  }

  /**
   * Number of measurements missing from `getCollectedMetrics()` since the start, by name. The exported metrics include
   * them.
   */
  getLeftOutCounts(): Record<string, number> {
    return this.#buffer.leftOut();
  }
}

// The measurements of one name within a second: all of them, or an even sample.
interface Second {
  readonly name: string;
  readonly startMillis: number;
  readonly kept: PerformanceMetric[];
  seen: number;
}

const CAPACITY = 10_000;
const DEFAULT_PER_SECOND = 100;
const SECOND_MILLIS = 1000;
const MAX_COUNTED_NAMES = 1_000;

/**
 * Buffer of measurements until they are drained. It keeps up to `maxMetricsPerSecond` of each name and second. If there
 * are more, it keeps an even sample (Vitter's algorithm R). Above 10,000 measurements, the oldest second of a name is
 * dropped. Dropped measurements are counted by name.
 */
export class MetricBuffer {
  readonly #perSecond: number;
  // In the order of their start. Each has at least one measurement, so there are at most `CAPACITY`.
  readonly #seconds = new Set<Second>();
  readonly #current = new Map<string, Second>();
  readonly #leftOut = new Map<string, number>();
  #size = 0;

  constructor(options: CollectedMetricsOptions = {}) {
    this.#perSecond = options.maxMetricsPerSecond ?? DEFAULT_PER_SECOND;
  }

  /** Adds `metric`. If its second is full, `metric` or another one of the same name and second is dropped. */
  push(metric: PerformanceMetric): void {
    this.offer(metric.name, performance.now(), () => metric);
  }

  /**
   * Like `push`, for hot paths: `make` is called only if the measurement is kept. `nowMillis` is from
   * `performance.now()`.
   */
  offer(name: string, nowMillis: number, make: () => PerformanceMetric): void {
    const second = this.#secondOf(name, nowMillis);
    second.seen++;
    if (second.kept.length < this.#perSecond) {
      second.kept.push(make());
      if (++this.#size > CAPACITY) this.#dropOldest();
    } else {
      const place = Math.floor(Math.random() * second.seen);
      if (place < this.#perSecond) second.kept[place] = make();
    }
  }

  /** Removes and returns all measurements in the order of time. Those of a sampled second get `context.sampledFrom`. */
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

  /** Number of measurements dropped since the buffer was created, by name. */
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

// Names after the first 1,000 are counted together.
function addCount(counts: Map<string, number>, name: string, count: number): void {
  const key = boundedName(counts, name, MAX_COUNTED_NAMES);
  counts.set(key, (counts.get(key) ?? 0) + count);
}
