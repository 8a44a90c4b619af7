/** Reservoirs of fixed size. A measurement that is not sampled costs only the draw. */
import { type Attributes, type Context, trace } from "@opentelemetry/api";
import { copyOfAttributes } from "../attribute-copy.ts";
import type { Exemplar, ExemplarReservoir } from "./reservoir.ts";

interface CountedPairs {
  pairCountOf(row: number): number;
}

const NONE: readonly Exemplar[] = [];
// Shared, because nearly every exemplar has no filtered attributes.
const NOTHING: Attributes = Object.freeze({});

export abstract class SampledReservoir implements ExemplarReservoir {
  // Until collected, the filtered attributes include those of the series, unless they are `NOTHING`.
  readonly #kept: (Exemplar | undefined)[];

  constructor(size: number) {
    this.#kept = Array.from({ length: size }, () => undefined);
  }

  /** Place for a measurement, or -1 if it is not kept. */
  protected abstract placeFor(value: number): number;

  /** Restarts the draw for a place that held a measurement. */
  protected abstract restart(place: number): void;

  /**
   * @internal Samples a measurement of `row`, made now. `series` is passed if the measurement has all
   * attributes of the row.
   */
  sample(
    value: number,
    attributes: Attributes,
    context: Context,
    row: number,
    series: CountedPairs | undefined,
  ): void {
    const place = this.placeFor(value);
    if (place < 0) return;
    const hasOthers = series === undefined || !hasCount(attributes, series.pairCountOf(row));
    const filtered = hasOthers ? copyOfAttributes(attributes) : NOTHING;
    this.#kept[place] = exemplarFrom(value, filtered, context, Date.now());
  }

  offer(value: number, attributes: Attributes, context: Context, timeUnixNano: bigint): void {
    const place = this.placeFor(value);
    if (place < 0) return;
    const unixMillis = Number(timeUnixNano) / 1e6;
    this.#kept[place] = exemplarFrom(value, copyOfAttributes(attributes), context, unixMillis);
  }

  collect(pointAttributes: Attributes): readonly Exemplar[] {
    return this.collectFor(() => pointAttributes);
  }

  /** @internal As `collect`, but reads the series' attributes only if measurements have further ones. */
  collectFor(pointAttributes: () => Attributes): readonly Exemplar[] {
    const kept = this.#kept;
    let exemplars: Exemplar[] | undefined;
    let known: Attributes | undefined;
    for (let place = 0; place < kept.length; place++) {
      const exemplar = kept[place];
      if (exemplar === undefined) continue;
      kept[place] = undefined;
      this.restart(place);
      if (exemplar.filteredAttributes !== NOTHING)
        exemplar.filteredAttributes = without(exemplar.filteredAttributes, (known ??= pointAttributes()));
      if (exemplars === undefined) exemplars = [exemplar];
      else exemplars.push(exemplar);
    }
    return exemplars ?? NONE;
  }
}

// A list of the keys would cost more than everything else.
function hasCount(attributes: Attributes, count: number): boolean {
  let left = count;
  try {
    for (const _ in attributes) left--;
  } catch {
    // A proxy may throw.
    return false;
  }
  return left === 0;
}

function without(attributes: Attributes, others: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !Object.hasOwn(others, key)));
}

function exemplarFrom(
  value: number,
  filteredAttributes: Attributes,
  context: Context,
  unixMillis: number,
): Exemplar {
  const span = trace.getSpanContext(context);
  const seconds = Math.floor(unixMillis / 1e3);
  const timestamp: Exemplar["timestamp"] = [seconds, Math.round((unixMillis - seconds * 1e3) * 1e6)];
  if (span?.traceId !== undefined && span.spanId !== undefined)
    return { filteredAttributes, value, timestamp, traceId: span.traceId, spanId: span.spanId };
  return { filteredAttributes, value, timestamp };
}

/**
 * Keeps at most `size` measurements per collection cycle, each with equal chance. The default of series without
 * buckets, with size 1, and of exponential histograms, with size 20 or less.
 *
 * Once full, it draws how many measurements to skip until the next one that it keeps. This is equivalent to a
 * draw for each measurement, and costs a comparison (Li, "Reservoir-sampling algorithms of time complexity
 * O(n(1 + log(N/n)))", 1994, algorithm L).
 */
export class SimpleFixedSizeExemplarReservoir extends SampledReservoir {
  readonly #size: number;
  #seen = 0;
  // Number of the next measurement to keep, once all places are taken.
  #next = 0;
  // Li's W: the greatest of `size` numbers that were drawn between 0 and 1 and have not been replaced.
  #greatest = 1;

  /** @param size maximum number of exemplars per cycle. */
  constructor(size = 1) {
    super(size);
    this.#size = size;
  }

  protected override placeFor(): number {
    const number = this.#seen++;
    if (number >= this.#size) {
      if (number < this.#next) return -1;
      this.#drawNext(number);
      return Math.floor(Math.random() * this.#size);
    }
    if (number === this.#size - 1) this.#drawNext(number);
    return number;
  }

  protected override restart(): void {
    this.#seen = 0;
    this.#greatest = 1;
  }

  #drawNext(number: number): void {
    this.#greatest *= drawn() ** (1 / this.#size);
    const passedOver = Math.floor(Math.log(drawn()) / Math.log1p(-this.#greatest));
    this.#next = number + 1 + passedOver;
  }
}

// Never 0, whose logarithm is infinite.
function drawn(): number {
  return 1 - Math.random();
}

/**
 * Keeps one measurement per histogram bucket and collection cycle, each of the bucket's with equal chance. The
 * default of histograms with boundaries.
 */
export class AlignedHistogramBucketExemplarReservoir extends SampledReservoir {
  readonly #boundaries: readonly number[];
  readonly #seen: Float64Array;
  // For each bucket the number of the next measurement to keep. Drawn when one is kept, not for each
  // measurement.
  readonly #next: Float64Array;

  /** @param boundaries inclusive upper bounds of the buckets, increasing. */
  constructor(boundaries: readonly number[]) {
    super(boundaries.length + 1);
    this.#boundaries = boundaries;
    this.#seen = new Float64Array(boundaries.length + 1);
    this.#next = new Float64Array(boundaries.length + 1);
  }

  protected override placeFor(value: number): number {
    const bucket = this.#bucketOf(value);
    const seen = ++this.#seen[bucket]!;
    if (seen < this.#next[bucket]!) return -1;
    // Each of the first n measurements is the kept one with chance 1 / n. So the chance to keep none of those
    // up to m is n / m.
    this.#next[bucket] = Math.floor(seen / (1 - Math.random())) + 1;
    return bucket;
  }

  // A bucket with any measurement has kept one.
  protected override restart(bucket: number): void {
    this.#seen[bucket] = 0;
    this.#next[bucket] = 0;
  }

  #bucketOf(value: number): number {
    let bucket = 0;
    while (bucket < this.#boundaries.length && value > this.#boundaries[bucket]!) bucket++;
    return bucket;
  }
}
