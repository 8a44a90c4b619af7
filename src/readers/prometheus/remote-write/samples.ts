// Writes the series of one family to requests.
import { canonicalBound } from "../../../translation/bound-text.ts";
import type { FamilyHead } from "../../../translation/family.ts";
import type { NativeHistogram } from "../../../translation/native-buckets.ts";
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { Body } from "../document/body.ts";
import { BucketExemplars, latestOf } from "../document/exemplars.ts";
import type { ClassicHistogram, SampleContext, SampleWriter } from "../document/format-kit.ts";
import type { Literal } from "../document/labels.ts";
import type { RowShapes } from "../document/row-shapes.ts";
import type { Requests } from "./requests.ts";
import type { ReadLabels, SeriesHead } from "./series-head.ts";
import type { SeriesMemory } from "./series-memory.ts";
import { ADDED_LABELS, EMPTY, type Symbols } from "./symbols.ts";

// Values of the enumeration `MetricType`.
const TYPES = { counter: 1, gauge: 2, histogram: 3, info: 6, untyped: 0 } as const satisfies Record<
  FamilyHead["kind"],
  number
>;
const INSTANCE_RANK = ADDED_LABELS.indexOf("instance");
const JOB_RANK = ADDED_LABELS.indexOf("job");

/**
 * The labels of the current row, with those of the target, sorted by name. They are only read if they are needed: as a rule,
 * the words of the row are known.
 */
export class RowLabels implements ReadLabels {
  /** Ids of names and values. */
  ids: Int32Array = new Int32Array(64);
  count = 0;
  /** Ids that a document has written, without those of the target. The first `length` are valid. */
  words: Int32Array = new Int32Array(0);
  length = 0;
  readonly #symbols: Symbols;
  readonly #job: number;
  readonly #instance: number;
  #buffer: ArrayBufferLike = this.words.buffer;
  #isRead = false;
  #jobValue = EMPTY;
  #instanceValue = EMPTY;

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
    this.#job = symbols.idOf("job");
    this.#instance = symbols.idOf("instance");
  }

  /** Whether these are the labels of the target. */
  hasTarget(job: string, instance: string): boolean {
    return this.#jobValue === this.#symbols.idOf(job) && this.#instanceValue === this.#symbols.idOf(instance);
  }

  /** The labels of the target. */
  get target(): { readonly job: string; readonly instance: string } {
    return { job: this.#symbols.textOf(this.#jobValue), instance: this.#symbols.textOf(this.#instanceValue) };
  }

  /** Sets the labels of the target; an empty one is left out. */
  setTarget(job: string, instance: string): void {
    this.#jobValue = this.#symbols.idOf(job);
    this.#instanceValue = this.#symbols.idOf(instance);
  }

  /** Begins a row, whose ids a document has written at the start of the body. */
  begin({ bytes: { buffer }, at }: Body): void {
    if (this.#buffer !== buffer) {
      this.words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
      this.#buffer = buffer;
    }
    this.length = at >>> 2;
    this.#isRead = false;
  }

  /** Begins a row of an earlier collection. */
  beginWith(words: Int32Array): this {
    this.words = words;
    this.#buffer = words.buffer;
    this.length = words.length;
    this.#isRead = false;
    return this;
  }

  /** Reads the labels. Those with an empty value are left out. */
  read(): this {
    if (this.#isRead) return this;
    this.#isRead = true;
    if (this.length + 4 > this.ids.length) this.ids = new Int32Array(2 * this.length + 4);
    const { words, length } = this;
    const symbols = this.#symbols;
    this.count = 0;
    let added = INSTANCE_RANK;
    for (let from = 0; from < length; from += 2) {
      const name = words[from]!;
      const rank = symbols.rankOf(name);
      if (rank > added) added = this.#add(added, rank);
      this.#put(name, words[from + 1]!);
    }
    this.#add(added, JOB_RANK + 1);
    return this;
  }

  // Adds the labels of the target that come before a rank.
  #add(from: number, rank: number): number {
    if (from <= INSTANCE_RANK && rank > INSTANCE_RANK) this.#put(this.#instance, this.#instanceValue);
    if (from <= JOB_RANK && rank > JOB_RANK) this.#put(this.#job, this.#jobValue);
    return Math.max(from, rank);
  }

  #put(name: number, value: number): void {
    if (value === EMPTY) return;
    this.ids[this.count++] = name;
    this.ids[this.count++] = value;
  }
}

interface SamplesParts {
  readonly symbols: Symbols;
  readonly requests: Requests;
  readonly memory: SeriesMemory;
  readonly rowLabels: RowLabels;
  /** Whether classic histograms are written as native ones with custom buckets. */
  readonly hasCustomBuckets: boolean;
}

const NO_EXEMPLARS: readonly Exemplar[] = [];

/** Writes series whose labels are in the body as ids. */
export class SeriesSamples implements SampleWriter {
  readonly #parts: SamplesParts;
  readonly #body: Body;
  readonly #shapes: RowShapes | undefined;
  readonly #exemplars = new BucketExemplars();
  readonly #head: { -readonly [Field in keyof SeriesHead]: SeriesHead[Field] };
  readonly #name: number;
  readonly #bucket: number;
  readonly #sum: number;
  readonly #count: number;
  // Labels and times of the current row.
  #labels = 0;
  #unixMillis = 0;
  #startUnixMillis = 0;

  /** @param shapes of the rows, if they are discarded once they are no longer plain. */
  constructor(parts: SamplesParts, body: Body, family: FamilyHead, shapes: RowShapes | undefined) {
    const { symbols } = parts;
    const { name, kind, help, unit } = family;
    this.#parts = parts;
    this.#body = body;
    this.#shapes = shapes;
    this.#name = symbols.idOf(name);
    const isHistogram = kind === "histogram";
    this.#bucket = isHistogram ? symbols.idOf(`${name}_bucket`) : EMPTY;
    this.#sum = isHistogram ? symbols.idOf(`${name}_sum`) : EMPTY;
    this.#count = isHistogram ? symbols.idOf(`${name}_count`) : EMPTY;
    this.#head = {
      name: this.#name,
      bound: EMPTY,
      type: TYPES[kind],
      series: 0,
      help: symbols.idOf(help ?? ""),
      unit: symbols.idOf(unit),
    };
  }

  begin(length: number): void {
    const body = this.#body;
    body.at = 0;
    body.reserve(length);
  }

  number(cells: Float64Array, cell: number, context: SampleContext | undefined): void {
    if (!this.#beginSeries(context)) return;
    this.#write(this.#name, EMPTY, cells[cell]!, context && latestOf(context.exemplars));
  }

  histogram(
    buckets: ClassicHistogram,
    context: SampleContext | undefined,
    bounds: readonly Literal[] | undefined,
  ): void {
    if (this.#parts.hasCustomBuckets && buckets.sum !== undefined) return this.native(buckets, context);
    if (!this.#beginSeries(context)) return;
    const { length, cumulativeCounts, count, sum } = buckets;
    const exemplars = context && this.#exemplars.of(buckets, context.exemplars);
    for (let i = 0; i <= length; i++) {
      const bound = bounds?.[i]?.place ?? this.#boundOf(i < length ? buckets.bounds[i]! : Infinity);
      this.#write(this.#bucket, bound, i < length ? cumulativeCounts[i]! : count, exemplars?.[i]);
    }
    if (sum !== undefined) this.#write(this.#sum, EMPTY, sum, undefined);
    this.#write(this.#count, EMPTY, count, undefined);
  }

  native(histogram: NativeHistogram | ClassicHistogram, context: SampleContext | undefined): void {
    if (!this.#beginSeries(context)) return;
    const { requests, rowLabels } = this.#parts;
    const head = this.#headOf(this.#name, EMPTY);
    const exemplars = context?.exemplars ?? NO_EXEMPLARS;
    requests.native(head, rowLabels, histogram, this.#unixMillis, this.#startUnixMillis, exemplars);
  }

  // Returns false for rows that are discarded anyway.
  #beginSeries(context: SampleContext | undefined): boolean {
    if (this.#shapes?.isPlain === false) return false;
    const { rowLabels, memory } = this.#parts;
    rowLabels.begin(this.#body);
    this.#labels = memory.labelsOf(rowLabels.words, rowLabels.length);
    this.#unixMillis = Math.trunc(context?.timeUnixMillis ?? 0);
    this.#startUnixMillis = Math.trunc(context?.startTimeUnixMillis ?? 0);
    return true;
  }

  #write(name: number, bound: number, value: number, exemplar: Exemplar | undefined): void {
    const { requests, rowLabels } = this.#parts;
    const head = this.#headOf(name, bound);
    requests.number(head, rowLabels, value, this.#unixMillis, this.#startUnixMillis, exemplar);
  }

  #headOf(name: number, bound: number): SeriesHead {
    const head = this.#head;
    head.name = name;
    head.bound = bound;
    head.series = this.#parts.memory.see(this.#labels, name, bound, head.type);
    return head;
  }

  #boundOf(bound: number): number {
    return this.#parts.symbols.idOf(canonicalBound(bound));
  }
}
