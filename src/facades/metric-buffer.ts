import type { Labels } from "../events/labels.ts";
import { boundedName } from "../recording/bounded-names.ts";

/** A measurement, as the facades `Application`, `Custom`, `Network` and `System` return it. */
export interface PerformanceMetric {
  readonly name: string;
  readonly value: number;
  /** In UCUM (`s`, `By`); `count` by default. */
  readonly unit: string;
  /** Time of the measurement, in seconds since the epoch. */
  readonly timestamp: number;
  readonly tags: Labels;
  /**
   * Further facts, which are not exported. Metrics of a sample have `sampledFrom`: the number of measurements of this name
   * in that second, of which 100 at most were kept.
   */
  readonly context?: Readonly<Record<string, unknown>>;
  /** The facade that measured. */
  readonly source: "system" | "application" | "network" | "custom";
}

/** A copy of a caller's context; `undefined` if it is empty, unreadable or not an object. Never throws. */
export function contextFromGiven(given: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  try {
    const context = { ...given };
    return Object.keys(context).length === 0 ? undefined : context;
  } catch {
    // A getter or a proxy.
    return undefined;
  }
}

/** Options of facades with a buffer of metrics. */
export interface CollectedMetricsOptions {
  /**
   * Maximum number of metrics of one name and second in `getCollectedMetrics()`, 1 to 10,000; more are evenly sampled.
   *
   * @defaultValue 100
   */
  readonly maxMetricsPerSecond?: number | undefined;
}

/** What the facades with a buffer of metrics have in common. */
export class MetricCollector {
  readonly #buffer: MetricBuffer;

  /** @internal */
  constructor(buffer: MetricBuffer) {
    this.#buffer = buffer;
  }

  /**
   * Returns and removes the metrics collected since the last call, in the order of time: of each name at most 100 a
   * second, of more an even sample with `context.sampledFrom`, the number there were. At most 10,000 are kept; the
   * oldest are dropped first.
   */
  getCollectedMetrics(): PerformanceMetric[] {
    return this.#buffer.drain();
  }

  /** Number of metrics that `getCollectedMetrics()` left out since the start, by name. Instruments have all. */
  getLeftOutCounts(): Record<string, number> {
    return this.#buffer.leftOut();
  }
}

// The metrics of one name within a second: all, or an even sample.
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
 * Holds metrics until they are drained: up to `maxMetricsPerSecond` of each name and second, else an even sample (Vitter's
 * algorithm R). Of more than 10,000 the oldest second of a name is dropped. Metrics left out are counted by name.
 */
export class MetricBuffer {
  readonly #perSecond: number;
  // In the order of their start. None is empty, so there are at most as many as metrics.
  readonly #seconds = new Set<Second>();
  readonly #current = new Map<string, Second>();
  readonly #leftOut = new Map<string, number>();
  #size = 0;

  constructor(options: CollectedMetricsOptions = {}) {
    this.#perSecond = options.maxMetricsPerSecond ?? DEFAULT_PER_SECOND;
  }

  /** Adds `metric`, or leaves out it or another one of the same name and second. */
  push(metric: PerformanceMetric): void {
    this.offer(metric.name, performance.now(), () => metric);
  }

  /** As `push`, for hot paths: `make` is called only for metrics that are kept. `nowMillis` is of `performance.now()`. */
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

  /** Removes and returns all metrics in the order of time; those of a sampled second get `context.sampledFrom`. */
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

  /** Number of metrics left out since the buffer was made, by name. */
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
