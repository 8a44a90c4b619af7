// Builds requests: the messages around the points, and the split into several requests.
import { attributesOf } from "../../../engine/resource.ts";
import type { Resource } from "@opentelemetry/resources";
import type { CollectedMetric } from "../../../engine/collection/collected-metric.ts";
import { AggregationTemporality } from "../../../engine/sdk-values.ts";
import { ByteWriter, ROOM } from "../../../io/bytes/writer.ts";
import type { EncodedRequest } from "../../delivery/encoder.ts";
import { writeAttributes } from "./attributes.ts";

const FIRST_BYTES = 16_384;
const CLOSED = 0;
// Enough for the length of any message, so that no bytes need to be moved.
const LENGTH_BYTES = 5;
const MAX_LENGTH_OF_A_BYTE = 127;
// Bytes from the start of a head to the contents of the message that it opens.
const OPENED = 1 + LENGTH_BYTES;

/** The fields of `Metric` that hold its points. */
const DATA_TAGS = { gauge: 0x2a, sum: 0x3a, histogram: 0x4a, exponentialHistogram: 0x52 } as const;

/**
 * Writes points into their enclosing messages, and begins another request if one would become too large:
 *
 *     ResourceMetrics { resource ScopeMetrics { scope Metric { name … Sum { temporality … point point …
 *     └───── resource head ─────┘└─── scope head ────┘└────────── metric head ─────────┘
 *
 * The other fields of a message are written before its points, whatever their numbers. So only its length is left to
 * write at its end. A head is written before its first point, in each request that has one.
 */
export class RequestWriter {
  /** The output for each point, after {@link beginPoint}. */
  readonly writer: ByteWriter = new ByteWriter(FIRST_BYTES);
  readonly #maxBytes: number;
  readonly #resourceHead = new ByteWriter(256);
  readonly #scopeHead = new ByteWriter(256);
  readonly #metricHead = new ByteWriter(256);
  // Start of the contents of `Sum` or another kind, within the metric's head.
  #dataBegin = 0;
  #scopeOfHead: CollectedMetric["scope"] | undefined;
  // Start of the contents of each open message.
  #resource = CLOSED;
  #scope = CLOSED;
  #metric = CLOSED;
  #data = CLOSED;
  // Start of the current point: including the heads before it, its tag, and its contents only.
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

  begin(resource: Resource): void {
    this.#abandon();
    const head = this.#resourceHead;
    head.truncate(0);
    head.byte(0x0a);
    head.begin(LENGTH_BYTES);
    head.byte(0x0a);
    const begun = head.begin();
    writeAttributes(head, 0x0a, attributesOf(resource));
    head.end(begun);
    writeText(head, 0x1a, resource.schemaUrl);
  }

  /** Sets the metric of the following points. */
  beginMetric(metric: CollectedMetric): void {
    this.#closeMetric();
    if (metric.scope !== this.#scopeOfHead) {
      this.#closeScope();
      this.#makeScopeHead(metric.scope);
    }
    this.#makeMetricHead(metric);
    this.#pointLengthBytes = 1;
  }

  /** Number of requests that are complete. */
  get completed(): number {
    return this.#requests.length;
  }

  /** Start of the current point's tag, and of its contents. */
  get pointAt(): number {
    return this.#pointAt;
  }

  get contentAt(): number {
    return this.#point;
  }

  /**
   * Copies points of an earlier collection, if they fit into this request. Returns the start of the first one. They
   * count after {@link keepPoints}, and are removed by {@link dropPoint}.
   */
  copyPoints(points: Uint8Array): number | undefined {
    const { writer } = this;
    const heads = this.#resourceHead.length + this.#scopeHead.length + this.#metricHead.length;
    if (writer.length + heads + points.length > this.#maxBytes) return undefined;
    this.#headsAt = writer.length;
    if (this.#data === CLOSED) this.#writeHeads();
    const at = writer.length;
    // Fields are written into the copy, and those of another row behind it.
    writer.reserve(points.length + ROOM);
    writer.copy(points, 0, points.length);
    return at;
  }

  keepPoints(count: number): void {
    this.#points += count;
  }

  /** Begins a point; its fields are written next. @param isLong whether it takes many bytes. */
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

  /** Reserves space for further bytes of the current point. If they do not fit, the point is moved to the next request. */
  makeRoom(size: number): void {
    if (this.writer.length + size > this.#maxBytes && this.#points > 0) this.#movePoint();
    this.writer.reserve(size);
  }

  /** Ends the point, and moves it to the next request if this one has become too large. */
  endPoint(): void {
    const { writer } = this;
    writer.end(this.#point, this.#openLengthBytes);
    // The next point is probably as long.
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
    // Its own heads are moved too.
    writer.truncate(this.#headsAt);
    this.#forgetHeads();
    this.#endRequest();
    this.#writeHeads();
    this.#point += writer.length - this.#pointAt;
    this.#pointAt = writer.length;
    writer.copy(point, 0, point.length);
  }

  // Marks the heads of the current point as unwritten.
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

  // Discards the rest of an encoding that threw.
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
