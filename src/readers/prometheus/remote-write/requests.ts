// Requests of `io.prometheus.write.v2`, built series by series.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { LabelNames } from "../../../translation/escape-name.ts";
import type { NativeHistogram } from "../../../translation/native-buckets.ts";
import type { EncodedRequest } from "../../delivery/encoder.ts";
import { type Body, ChunkPool, type Mark } from "../document/body.ts";
import { exemplarLabels } from "../document/exemplars.ts";
import { ANY_LENGTH, OpenMessage, writeDouble, writeVarint } from "../protobuf/bytes.ts";
import type { ClassicHistogram } from "../document/format-kit.ts";
import { type CustomTags, type NativeTags, writeCustom, writeNative } from "../protobuf/native.ts";
import {
  copySeries,
  encoded,
  isUsualTime,
  MAX_BYTES,
  openRequest,
  type OpenRequest,
  type WrittenRequest,
} from "./open-request.ts";
import type { ReadLabels, SeriesHead, SeriesLabels } from "./series-head.ts";
import { ADDED_LABELS, type Symbols, type SymbolTable } from "./symbols.ts";

export interface RequestsMark {
  readonly requests: number;
  readonly position: Mark;
  readonly points: number;
  readonly next: number;
}

const SERIES_TAG = 0x2a;
const LABELS_TAG = 0x0a;
const SAMPLE_TAG = 0x12;
const HISTOGRAM_TAG = 0x1a;
const EXEMPLAR_TAG = 0x22;
const METADATA_TAG = 0x2a;
const NATIVE_TAGS: NativeTags & CustomTags = {
  count: 0x08,
  sum: 0x19,
  schema: 0x20,
  zeroThreshold: 0x29,
  zeroCount: 0x30,
  negative: 0x42,
  positive: 0x5a,
  customValues: 0x82,
};
// The bits of the NaN that ends a series.
const STALE_LOW = 0x0000_0002;
const STALE_HIGH = 0x7ff0_0000;

const NAME_RANK = ADDED_LABELS.indexOf("__name__");
const BOUND_RANK = ADDED_LABELS.indexOf("le");
const REFERENCE_BYTES = 5;
// Two labels are added to those of a series.
const ADDED_REFERENCES = 4;
// Everything of a series with a number, except its labels.
const NUMBER_BYTES = 128;
const EXEMPLAR_BYTES = 64;
// Up to this length of the labels, the length of a message with a number and an exemplar takes two bytes.
const LONGEST_SHORT = 8_192;

/** Writes series to requests, and begins another request if one has become too large. */
export class Requests {
  readonly #pool = new ChunkPool();
  readonly #symbols: Symbols;
  readonly #names: LabelNames;
  readonly #nameLabel: number;
  readonly #boundLabel: number;
  readonly #series = new OpenMessage();
  readonly #message = new OpenMessage();
  readonly #inner = new OpenMessage();
  #requests: OpenRequest[] = [];
  #open: OpenRequest | undefined;
  #written: readonly WrittenRequest[] = [];

  constructor(symbols: Symbols, names: LabelNames) {
    this.#symbols = symbols;
    this.#names = names;
    this.#nameLabel = symbols.idOf(ADDED_LABELS[NAME_RANK]!);
    this.#boundLabel = symbols.idOf(ADDED_LABELS[BOUND_RANK]!);
  }

  mark(): RequestsMark {
    const { body, points, next } = this.#current;
    return { requests: this.#requests.length, position: body.mark(), points, next };
  }

  /** Discards all series since a mark. */
  rewind({ requests, position, points, next }: RequestsMark): void {
    if (this.#requests.length > requests) {
      const [reopened, ...others] = this.#requests.splice(requests);
      for (const { body } of others) body.release();
      this.#open?.body.release();
      this.#open = reopened;
    }
    const current = this.#current;
    current.body.rewind(position);
    current.points = points;
    current.layout.count = points;
    current.next = next;
  }

  /** Writes a series with a number. @param startUnixMillis 0 if unknown. */
  number(
    head: SeriesHead,
    labels: ReadLabels,
    value: number,
    unixMillis: number,
    startUnixMillis: number,
    exemplar: Exemplar | undefined,
  ): void {
    const isCommon = exemplar === undefined && isUsualTime(unixMillis);
    if (isCommon && copySeries(this.#current, head, value, unixMillis, startUnixMillis)) return this.#end();
    const body = this.#begin(head, labels.read(), false);
    body.byte(SAMPLE_TAG);
    this.#message.begin(body, 1);
    writeStart(body, 0x18, startUnixMillis);
    body.byte(0x09);
    writeDouble(body, value);
    body.byte(0x10);
    writeVarint(body, unixMillis);
    this.#message.end(body);
    if (exemplar !== undefined) this.#exemplar(body, exemplar);
    this.#series.end(body);
    const { layout } = this.#current;
    if (isCommon) layout.add(head.series, head, startUnixMillis, body.length);
    else layout.addOther(body.length);
    this.#end();
  }

  /** Writes a series with a native histogram; a classic one has custom buckets. */
  native(
    head: SeriesHead,
    labels: ReadLabels,
    histogram: NativeHistogram | ClassicHistogram,
    unixMillis: number,
    startUnixMillis: number,
    exemplars: readonly Exemplar[],
  ): void {
    const body = this.#begin(head, labels.read(), true);
    body.byte(HISTOGRAM_TAG);
    this.#message.begin(body, ANY_LENGTH);
    if (startUnixMillis > 0) body.byte(0x88);
    writeStart(body, 0x01, startUnixMillis);
    if ("schema" in histogram) writeNative(body, histogram, NATIVE_TAGS);
    else writeCustom(body, histogram, NATIVE_TAGS);
    body.reserve(NUMBER_BYTES);
    body.byte(0x78);
    writeVarint(body, unixMillis);
    this.#message.end(body);
    for (const each of exemplars) this.#exemplar(body, each);
    this.#endOther(body);
  }

  /** Writes the marker that ends a series. */
  stale(head: SeriesHead, labels: ReadLabels, unixMillis: number): void {
    const body = this.#begin(head, labels.read(), false);
    body.byte(SAMPLE_TAG);
    this.#message.begin(body, 1);
    body.byte(0x09);
    body.view.setUint32(body.at, STALE_LOW, true);
    body.view.setUint32(body.at + 4, STALE_HIGH, true);
    body.at += 8;
    body.byte(0x10);
    writeVarint(body, unixMillis);
    this.#message.end(body);
    this.#endOther(body);
  }

  /** Returns the requests, and begins again. */
  finish(): readonly EncodedRequest[] {
    const all = this.#open === undefined ? this.#requests : [...this.#requests, this.#open];
    this.#requests = [];
    this.#open = undefined;
    const finished = all.filter(({ points }) => points > 0).map(encoded);
    this.#written = finished.flatMap(({ written }) => written ?? []);
    return finished.map(({ request }) => request);
  }

  /** Discards the rest of an encoding that failed. */
  abandon(): void {
    for (const { body } of this.#requests) body.release();
    this.#open?.body.release();
    this.#requests = [];
    this.#open = undefined;
  }

  get #current(): OpenRequest {
    return (this.#open ??= openRequest(this.#pool, this.#symbols, this.#written[this.#requests.length]));
  }

  #begin(head: SeriesHead, labels: SeriesLabels, isLong: boolean): Body {
    const { body, symbols } = this.#current;
    const labelBytes = REFERENCE_BYTES * (labels.count + ADDED_REFERENCES);
    const isShort = labelBytes <= LONGEST_SHORT;
    body.reserve(labelBytes + NUMBER_BYTES);
    body.byte(SERIES_TAG);
    this.#series.begin(body, isShort && !isLong ? 2 : ANY_LENGTH);
    body.byte(LABELS_TAG);
    this.#message.begin(body, isShort ? 2 : ANY_LENGTH);
    this.#labels(body, symbols, head, labels);
    this.#message.end(body);
    body.byte(METADATA_TAG);
    this.#message.begin(body, 1);
    body.byte(0x08);
    body.byte(head.type);
    if (head.help !== 0) {
      body.byte(0x18);
      writeVarint(body, symbols.referenceOf(head.help));
    }
    if (head.unit !== 0) {
      body.byte(0x20);
      writeVarint(body, symbols.referenceOf(head.unit));
    }
    this.#message.end(body);
    return body;
  }

  // The name and the bound are inserted in their places.
  #labels(body: Body, symbols: SymbolTable, head: SeriesHead, { ids, count }: SeriesLabels): void {
    let hasName = false;
    let hasBound = head.bound === 0;
    for (let i = 0; i < count; i += 2) {
      const id = ids[i]!;
      const rank = this.#symbols.rankOf(id);
      if (!hasName && rank > NAME_RANK) {
        writePair(body, symbols, this.#nameLabel, head.name);
        hasName = true;
      }
      if (!hasBound && rank > BOUND_RANK) {
        writePair(body, symbols, this.#boundLabel, head.bound);
        hasBound = true;
      }
      writePair(body, symbols, id, ids[i + 1]!);
    }
    if (!hasName) writePair(body, symbols, this.#nameLabel, head.name);
    if (!hasBound) writePair(body, symbols, this.#boundLabel, head.bound);
  }

  #exemplar(body: Body, exemplar: Exemplar): void {
    const { symbols } = this.#current;
    const labels = exemplarLabels(exemplar, this.#names).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    body.reserve(2 * REFERENCE_BYTES * labels.length + EXEMPLAR_BYTES);
    body.byte(EXEMPLAR_TAG);
    this.#message.begin(body, 2);
    body.byte(0x0a);
    this.#inner.begin(body, 2);
    for (const { name, value } of labels) {
      writeVarint(body, symbols.referenceOfOwn(name));
      writeVarint(body, symbols.referenceOfOwn(String(value)));
    }
    this.#inner.end(body);
    body.byte(0x11);
    writeDouble(body, exemplar.value);
    body.byte(0x18);
    const [seconds, nanoseconds] = exemplar.timestamp;
    writeVarint(body, seconds * 1e3 + Math.trunc(nanoseconds / 1e6));
    this.#message.end(body);
  }

  #endOther(body: Body): void {
    this.#series.end(body);
    this.#current.layout.addOther(body.length);
    this.#end();
  }

  #end(): void {
    const current = this.#current;
    const { body } = current;
    current.points++;
    if (body.length + current.symbols.byteLength < MAX_BYTES) return;
    this.#requests.push(current);
    this.#open = undefined;
  }
}

function writePair(body: Body, symbols: SymbolTable, name: number, value: number): void {
  writeVarint(body, symbols.referenceOf(name));
  writeVarint(body, symbols.referenceOf(value));
}

// Before the value: requests of version 1, which lack it, are cut from these.
function writeStart(body: Body, tag: number, unixMillis: number): void {
  if (unixMillis <= 0) return;
  body.byte(tag);
  writeVarint(body, unixMillis);
}
