// Requests as they grow: the messages around the points, and the cut between one request and the next.
import type { Resource } from "@opentelemetry/resources";
import type { CollectedMetric } from "../../../engine/collection/collected-metric.ts";
import { AggregationTemporality } from "../../../engine/sdk-values.ts";
import { ByteWriter } from "../../../io/bytes/writer.ts";
import { writeAttributes } from "./attributes.ts";

/** One `ExportMetricsServiceRequest`. */
export interface EncodedRequest {
  /** The request's bytes, which the caller may keep. */
  readonly body: Uint8Array;
  readonly points: number;
}

const FIRST_BYTES = 16_384;
const CLOSED = 0;
// Enough for the length of any message, so that none is moved.
const LENGTH_BYTES = 5;
const MAX_LENGTH_OF_A_BYTE = 127;
// From the begin of a head to the contents of the message that it opens.
const OPENED = 1 + LENGTH_BYTES;

/** The fields of `Metric` that hold its points. */
const DATA_TAGS = { gauge: 0x2a, sum: 0x3a, histogram: 0x4a, exponentialHistogram: 0x52 } as const;

/**
 * Writes points into the messages that enclose them, and begins another request if one would be too large:
 *
 *     ResourceMetrics { resource ScopeMetrics { scope Metric { name … Sum { temporality … point point …
 *     └───── resource head ─────┘└─── scope head ────┘└────────── metric head ─────────┘
 *
 * A message's other fields come before its points, whatever their numbers, so that at its end only its length is written.
 * A head is written before its first point, in each request that has one.
 */
export class RequestWriter {
  /** Where each point is written after {@link beginPoint}. */
  readonly writer: ByteWriter = new ByteWriter(FIRST_BYTES);
  readonly #maxBytes: number;
  readonly #resourceHead = new ByteWriter(256);
  readonly #scopeHead = new ByteWriter(256);
  readonly #metricHead = new ByteWriter(256);
  // Where in the metric's head the contents of `Sum` or its like begin.
  #dataBegin = 0;
  #scopeOfHead: CollectedMetric["scope"] | undefined;
  // Where the contents of the open messages begin.
  #resource = CLOSED;
  #scope = CLOSED;
  #metric = CLOSED;
  #data = CLOSED;
  // The begin of the point that is written: with the heads before it, with its tag, and without.
  #headsAt = 0;
  #pointAt = 0;
  #point = 0;
  #pointLengthBytes = 1;
  #openLengthBytes = 1;
  #points = 0;
  #requests: EncodedRequest[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  begin({ attributes, schemaUrl }: Resource): void {
    this.#abandon();
    const head = this.#resourceHead;
    head.truncate(0);
    head.byte(0x0a);
    head.begin(LENGTH_BYTES);
    head.byte(0x0a);
    const resource = head.begin();
    writeAttributes(head, 0x0a, attributes);
    head.end(resource);
    writeText(head, 0x1a, schemaUrl);
  }

  /** The points that follow are of this metric. */
  beginMetric(metric: CollectedMetric): void {
    this.#closeMetric();
    if (metric.scope !== this.#scopeOfHead) {
      this.#closeScope();
      this.#makeScopeHead(metric.scope);
    }
    this.#makeMetricHead(metric);
    this.#pointLengthBytes = 1;
  }

  /** Begins a point, whose fields are written next. @param isLong whether it takes many bytes. */
  beginPoint(isLong: boolean): void {
    const { writer } = this;
    this.#headsAt = writer.length;
    if (this.#data === CLOSED) this.#writeHeads();
    this.#pointAt = writer.length;
    writer.byte(0x0a);
    this.#openLengthBytes = isLong ? LENGTH_BYTES : this.#pointLengthBytes;
    this.#point = writer.begin(this.#openLengthBytes);
  }

  dropPoint(): void {
    this.writer.truncate(this.#headsAt);
    this.#forgetHeads();
    if (this.#resource > this.#headsAt) this.#resource = CLOSED;
  }

  /** Makes room for further bytes of the point that is begun. If they do not fit, it goes to the next request. */
  makeRoom(size: number): void {
    if (this.writer.length + size > this.#maxBytes && this.#points > 0) this.#movePoint();
    this.writer.reserve(size);
  }

  /** Ends the point. If the request is too large with it, it is moved to the next. */
  endPoint(): void {
    const { writer } = this;
    writer.end(this.#point, this.#openLengthBytes);
    // The next point is likely to be as long.
    if (writer.length - this.#point > MAX_LENGTH_OF_A_BYTE) this.#pointLengthBytes = 2;
    if (writer.length > this.#maxBytes && this.#points > 0) this.#movePoint();
    this.#points++;
  }

  finish(): readonly EncodedRequest[] {
    if (this.#points > 0) this.#endRequest();
    const requests = this.#requests;
    this.#abandon();
    return requests;
  }

  #movePoint(): void {
    const { writer } = this;
    const point = new Uint8Array(writer.bytes.subarray(this.#pointAt, writer.length));
    // The heads that were written for it go with it.
    writer.truncate(this.#headsAt);
    this.#forgetHeads();
    this.#endRequest();
    this.#writeHeads();
    this.#point += writer.length - this.#pointAt;
    this.#pointAt = writer.length;
    writer.copy(point, 0, point.length);
  }

  // The heads that were written for the point that is begun.
  #forgetHeads(): void {
    if (this.#metric > this.#headsAt) this.#data = CLOSED;
    if (this.#scope > this.#headsAt) this.#scope = CLOSED;
  }

  #writeHeads(): void {
    if (this.#resource === CLOSED) this.#resource = this.#writeHead(this.#resourceHead);
    if (this.#scope === CLOSED) this.#scope = this.#writeHead(this.#scopeHead);
    this.#metric = this.#writeHead(this.#metricHead);
    this.#data = this.#metric - OPENED + this.#dataBegin;
  }

  // Every head begins with the tag and the padded length of the message that stays open.
  #writeHead(head: ByteWriter): number {
    const begun = this.writer.length + OPENED;
    this.writer.copy(head.bytes, 0, head.length);
    return begun;
  }

  #makeScopeHead(scope: CollectedMetric["scope"]): void {
    const head = this.#scopeHead;
    head.truncate(0);
    head.byte(0x12);
    head.begin(LENGTH_BYTES);
    head.byte(0x0a);
    const begun = head.begin();
    writeText(head, 0x0a, scope.name);
    writeText(head, 0x12, scope.version);
    if (scope.attributes !== undefined) writeAttributes(head, 0x1a, scope.attributes);
    head.end(begun);
    writeText(head, 0x1a, scope.schemaUrl);
    this.#scopeOfHead = scope;
  }

  #makeMetricHead(metric: CollectedMetric): void {
    const { name, description, unit } = metric.descriptor;
    const head = this.#metricHead;
    head.truncate(0);
    head.byte(0x12);
    head.begin(LENGTH_BYTES);
    writeText(head, 0x0a, name);
    writeText(head, 0x12, description);
    writeText(head, 0x1a, unit);
    head.byte(DATA_TAGS[metric.kind]);
    this.#dataBegin = head.begin(LENGTH_BYTES);
    if (metric.kind === "gauge") return;
    head.byte(0x10);
    head.byte(metric.temporality === AggregationTemporality.DELTA ? 1 : 2);
    if (metric.kind !== "sum" || !metric.isMonotonic) return;
    head.byte(0x18);
    head.byte(1);
  }

  #closeMetric(): void {
    if (this.#data === CLOSED) return;
    this.writer.end(this.#data, LENGTH_BYTES);
    this.writer.end(this.#metric, LENGTH_BYTES);
    this.#data = CLOSED;
  }

  #closeScope(): void {
    if (this.#scope !== CLOSED) this.writer.end(this.#scope, LENGTH_BYTES);
    this.#scope = CLOSED;
  }

  #endRequest(): void {
    this.#closeMetric();
    this.#closeScope();
    this.writer.end(this.#resource, LENGTH_BYTES);
    this.#requests.push({ body: this.writer.take(), points: this.#points });
    this.#resource = CLOSED;
    this.#points = 0;
  }

  // Forgets the rest of an encoding that threw.
  #abandon(): void {
    this.writer.truncate(0);
    this.#resource = CLOSED;
    this.#scope = CLOSED;
    this.#metric = CLOSED;
    this.#data = CLOSED;
    this.#scopeOfHead = undefined;
    this.#points = 0;
    this.#requests = [];
  }
}

function writeText(writer: ByteWriter, tag: number, text: string | undefined): void {
  // A missing field means an empty text.
  if (text === undefined || text === "") return;
  writer.byte(tag);
  writer.text(text);
}
