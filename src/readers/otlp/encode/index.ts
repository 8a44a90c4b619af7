// Collections as OTLP protobuf, directly from their cells.
import { allSteps, inSlices } from "../../../io/yield.ts";
import type { CollectedMetric } from "../../../engine/collection/collected-metric.ts";
import type { Collection } from "../../../engine/collection/collection.ts";
import type { SeriesSource, SeriesVisitor } from "../../../engine/collection/series-source.ts";
import type { Interner } from "../../../engine/series/interner.ts";
import type { CollectionEncoder, EncodedRequest } from "../../delivery/encoder.ts";
import { PairCache } from "./pairs.ts";
import { KnownSlices } from "./known-slices.ts";
import { POINT_TAGS, PointWriter, PointTimesWriter, SLICE } from "./points.ts";
import { RequestWriter } from "./request.ts";
import { PointVisitors } from "./visitors.ts";

/** Default maximum of a request with several points: servers often refuse more, as gRPC does by default. */
export const DEFAULT_MAX_REQUEST_BYTES: number = 4 * 1024 * 1024;
const MAX_PAIR_BYTES = 16 * 1024 * 1024;
// Some 200,000 counters.
const MAX_SLICE_BYTES = 16 * 1024 * 1024;
// With shorter slices, the turns of the event loop would take longer than the encoding itself (bench: "collection to
// OTLP, 10,000 series").
const SLICE_MILLIS = 1.25;

/**
 * Encodes collections as `ExportMetricsServiceRequest`s. Each reader has an encoder, which keeps its buffers and the
 * bytes of attributes between collections.
 *
 * A collection that does not fit into one request becomes several, each valid by itself. A point that is too large for
 * any is sent alone. A collection without points results in no request.
 */
export class OtlpEncoder implements CollectionEncoder {
  readonly #maxRequestBytes: number;
  readonly #pairs = new PairCache(MAX_PAIR_BYTES);
  // Undefined while in use: at the end of a process, another collection may be encoded at the same time.
  #spare: Encoding | undefined;

  constructor(maxRequestBytes: number = DEFAULT_MAX_REQUEST_BYTES) {
    this.#maxRequestBytes = maxRequestBytes;
  }

  /** Encodes in slices. */
  async encode(collection: Collection): Promise<readonly EncodedRequest[]> {
    const encoding = this.#take();
    await inSlices(encoding.steps(collection), { sliceMillis: SLICE_MILLIS });
    return this.#finish(encoding);
  }

  /** Encodes synchronously, for the end of a process. */
  encodeSync(collection: Collection): readonly EncodedRequest[] {
    const encoding = this.#take();
    allSteps(encoding.steps(collection));
    return this.#finish(encoding);
  }

  #take(): Encoding {
    const encoding = this.#spare ?? new Encoding(this.#maxRequestBytes, this.#pairs);
    this.#spare = undefined;
    return encoding;
  }

  #finish(encoding: Encoding): readonly EncodedRequest[] {
    this.#spare = encoding;
    return encoding.finish();
  }
}

class Encoding {
  readonly #request: RequestWriter;
  readonly #pairs: PairCache;
  readonly #times = new PointTimesWriter();
  readonly #points: Readonly<Record<CollectedMetric["kind"], PointWriter>>;
  readonly #visitors: PointVisitors;
  readonly #known = new KnownSlices(MAX_SLICE_BYTES);

  constructor(maxRequestBytes: number, pairs: PairCache) {
    this.#request = new RequestWriter(maxRequestBytes);
    this.#pairs = pairs;
    const writerOf = (kind: CollectedMetric["kind"]): PointWriter =>
      new PointWriter(POINT_TAGS[kind], this.#request, pairs, this.#times);
    this.#points = {
      sum: writerOf("sum"),
      gauge: writerOf("gauge"),
      histogram: writerOf("histogram"),
      exponentialHistogram: writerOf("exponentialHistogram"),
    };
    this.#visitors = new PointVisitors(this.#points);
  }

  *steps({ resource, timeUnixMillis, metrics, interner }: Collection): Generator<void, void> {
    this.#request.begin(resource);
    this.#times.begin(timeUnixMillis);
    this.#known.begin();
    for (const metric of metrics) {
      const { series } = metric;
      const points = this.#points[metric.kind];
      this.#request.beginMetric(metric);
      for (let from = 0; from < series.length; from += SLICE) {
        // Set again for each slice, since another collection may have been encoded meanwhile.
        this.#pairs.use(interner);
        const visitor = this.#visitors.of(metric);
        if (!this.#copies(series, from, points, visitor)) this.#write(series, from, points, visitor);
        yield;
        if (points.hasLeftOut) yield* longPoints(series, from, points, visitor, interner);
      }
    }
  }

  // Returns false, and writes nothing, if the slice has other points than in an earlier collection.
  #copies(series: SeriesSource, from: number, points: PointWriter, visitor: SeriesVisitor): boolean {
    if (series.hasExemplars !== false) return false;
    const known = this.#known.of(series, from / SLICE);
    if (known === undefined || !points.beginCopy(known)) return false;
    series.visit(from, from + SLICE, visitor);
    if (!points.endCopy(known)) return false;
    this.#known.use(known);
    return true;
  }

  #write(series: SeriesSource, from: number, points: PointWriter, visitor: SeriesVisitor): void {
    points.beginSlice();
    series.visit(from, from + SLICE, visitor);
    const { version } = series;
    if (version === undefined) return;
    const slice = series.hasExemplars === false ? points.slice(version) : undefined;
    this.#known.set(series, from / SLICE, slice);
  }

  finish(): readonly EncodedRequest[] {
    return this.#request.finish();
  }
}

// Encodes the points of a slice that take long, each in slices of its own.
function* longPoints(
  series: SeriesSource,
  from: number,
  points: PointWriter,
  visitor: SeriesVisitor,
  interner: Interner,
): Generator<void, void> {
  for (let at = from; at < Math.min(from + SLICE, series.length); at++) {
    points.writesLong = true;
    series.visit(at, at + 1, visitor);
    points.writesLong = false;
    yield* points.endSteps(interner);
  }
}
