// Writes series as `Metric`s of `io.prometheus.client`.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { FamilyHead } from "../../../translation/family.ts";
import type { NativeHistogram } from "../../../translation/native-buckets.ts";
import type { Body } from "../document/body.ts";
import {
  BucketExemplars,
  exemplarLabels,
  type ExemplarStarts,
  latestOf,
  writeUsual,
} from "../document/exemplars.ts";
import type { ClassicHistogram, SampleContext, SampleWriter } from "../document/format-kit.ts";
import {
  ANY_LENGTH,
  OpenMessage,
  StartTime,
  writeDouble,
  writeTimestamp,
  writeVarint,
  protobufLabels,
} from "./bytes.ts";
import { type NativeTags, writeNative } from "./native.ts";

// Tags that depend on the type of a `Metric`: of its value, and within it of exemplars and the start time.
const VALUE_TAGS = {
  counter: { value: 0x1a, exemplar: 0x12, created: 0x1a },
  gauge: { value: 0x12, exemplar: 0, created: 0 },
  info: { value: 0x12, exemplar: 0, created: 0 },
  untyped: { value: 0x2a, exemplar: 0, created: 0 },
  histogram: { value: 0x3a, exemplar: 0x82, created: 0x7a },
} as const satisfies Record<FamilyHead["kind"], unknown>;

const NATIVE_TAGS: NativeTags = {
  count: 0x08,
  sum: 0x11,
  schema: 0x28,
  zeroThreshold: 0x31,
  zeroCount: 0x38,
  negative: 0x4a,
  positive: 0x62,
};

// If the labels take at most this number of bytes, the length of a metric with a number and an exemplar takes two bytes.
const LONGEST_SHORT = 8_192;
const NUMBER_BYTES = 32;
const BUCKET_BYTES = 32;
const EXEMPLAR_BYTES = 128;
const TIME_BYTES = 32;
const BUCKET_EXEMPLAR_TAG = 0x1a;

/** Ends `Metric`s whose labels have been written. */
export class ProtobufSamples implements SampleWriter {
  readonly #body: Body;
  readonly #tags: (typeof VALUE_TAGS)[FamilyHead["kind"]];
  readonly #showsTimes: boolean;
  readonly #starts: ExemplarStarts;
  readonly #metric = new OpenMessage();
  readonly #value = new OpenMessage();
  readonly #bucket = new OpenMessage();
  readonly #exemplar = new OpenMessage();
  readonly #exemplars = new BucketExemplars();
  readonly #start = new StartTime();
  readonly #isHistogram: boolean;

  constructor(body: Body, kind: FamilyHead["kind"], showsTimes: boolean, starts: ExemplarStarts) {
    this.#body = body;
    this.#tags = VALUE_TAGS[kind];
    this.#isHistogram = kind === "histogram";
    this.#showsTimes = showsTimes;
    this.#starts = starts;
  }

  begin(length: number): void {
    const body = this.#body;
    body.reserve(1 + ANY_LENGTH + length);
    body.byte(0x22);
    this.#metric.begin(body, this.#isHistogram || length > LONGEST_SHORT ? ANY_LENGTH : 2);
  }

  number(cells: Float64Array, cell: number, context: SampleContext | undefined): void {
    const body = this.#body;
    const exemplar = context && latestOf(context.exemplars);
    body.reserve(NUMBER_BYTES);
    body.byte(this.#tags.value);
    this.#value.begin(body, exemplar === undefined ? 1 : 2);
    body.byte(0x09);
    writeDouble(body, cells[cell]!);
    if (exemplar !== undefined) this.#writeExemplar(this.#tags.exemplar, exemplar);
    this.#end(context);
  }

  histogram(buckets: ClassicHistogram, context: SampleContext | undefined): void {
    const body = this.#body;
    const { length, bounds, cumulativeCounts, count, sum } = buckets;
    const exemplars = context && this.#exemplars.of(buckets, context.exemplars);
    this.#beginHistogram();
    body.byte(0x08);
    writeVarint(body, count);
    body.byte(0x11);
    // Prometheus would read a missing sum as 0.
    writeDouble(body, sum ?? Number.NaN);
    for (let i = 0; i < length; i++) this.#writeBucket(cumulativeCounts[i]!, bounds[i]!, exemplars?.[i]);
    this.#writeBucket(count, Infinity, exemplars?.[length]);
    this.#end(context);
  }

  native(histogram: NativeHistogram, context: SampleContext | undefined): void {
    this.#beginHistogram();
    writeNative(this.#body, histogram, NATIVE_TAGS);
    if (context !== undefined) {
      for (const each of context.exemplars) this.#writeExemplar(this.#tags.exemplar, each);
    }
    this.#end(context);
  }

  #beginHistogram(): void {
    this.#body.reserve(NUMBER_BYTES);
    this.#body.byte(this.#tags.value);
    this.#value.begin(this.#body, ANY_LENGTH);
  }

  #writeBucket(cumulativeCount: number, bound: number, exemplar: Exemplar | undefined): void {
    const body = this.#body;
    body.reserve(BUCKET_BYTES);
    body.byte(0x1a);
    this.#bucket.begin(body, exemplar === undefined ? 1 : 2);
    body.byte(0x08);
    writeVarint(body, cumulativeCount);
    body.byte(0x11);
    writeDouble(body, bound);
    if (exemplar !== undefined) this.#writeExemplar(BUCKET_EXEMPLAR_TAG, exemplar);
    this.#bucket.end(body);
  }

  #writeExemplar(tag: number, exemplar: Exemplar): void {
    const body = this.#body;
    const { value, timestamp } = exemplar;
    body.reserve(EXEMPLAR_BYTES);
    writeVarint(body, tag);
    this.#exemplar.begin(body, 2);
    const starts = this.#starts;
    if (!writeUsual(body, exemplar, starts)) {
      const labels = protobufLabels(exemplarLabels(exemplar, starts.names));
      body.reserve(labels.length + TIME_BYTES);
      body.put(labels);
    }
    body.byte(0x11);
    writeDouble(body, value);
    body.byte(0x1a);
    writeTimestamp(body, timestamp[0], timestamp[1]);
    this.#exemplar.end(body);
  }

  #end(context: SampleContext | undefined): void {
    const body = this.#body;
    body.reserve(TIME_BYTES);
    if (context !== undefined && context.startTimeUnixMillis > 0) {
      body.byte(this.#tags.created);
      this.#start.write(body, context);
    }
    this.#value.end(body);
    if (context !== undefined && this.#showsTimes) {
      body.byte(0x30);
      writeVarint(body, Math.trunc(context.timeUnixMillis));
    }
    this.#metric.end(body);
  }
}
