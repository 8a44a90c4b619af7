// A request that is being written, and the copies of series from the one before.
import type { EncodedRequest } from "../../delivery/encoder.ts";
import { Body, type ChunkPool } from "../document/body.ts";
import { writeVarint } from "../protobuf/bytes.ts";
import { Layout } from "./layout.ts";
import type { SeriesHead } from "./series-head.ts";
import { type Symbols, SymbolTable } from "./symbols.ts";

export interface OpenRequest {
  readonly body: Body;
  readonly symbols: SymbolTable;
  readonly layout: Layout;
  /** The same request of the previous collection. Its references are those of `symbols`. */
  readonly previous: WrittenRequest | undefined;
  /** Place after the last series that was copied from it. */
  next: number;
  points: number;
}

export interface WrittenRequest {
  /** All series. */
  readonly view: DataView;
  readonly layout: Layout;
  readonly symbols: SymbolTable;
  /** Number of texts when all series were written, none of them copied. */
  readonly texts: number;
}

// Half of what Prometheus sends at once by default; some receivers limit requests to 1 MiB.
export const MAX_BYTES: number = 512 * 1024;
// With more texts, a request has no room for series.
const MAX_TEXT_BYTES = 0.75 * MAX_BYTES;
// Times from 1971 to 2109 take six bytes.
const LEAST_TIME = 2 ** 35;
const TIME_LIMIT = 2 ** 42;
const TIME_BYTES = 6;
const VALUE_BYTES = 8;
// More texts of series that have ended than this, and a request is written anew.
const FEW_TEXTS = 256;
// Words are copied whole.
const SLACK_BYTES = 4;

/** Opens a request. @param known the same request of the previous collection. */
export function openRequest(
  pool: ChunkPool,
  symbols: Symbols,
  known: WrittenRequest | undefined,
): OpenRequest {
  const previous = known !== undefined && known.symbols.byteLength < MAX_TEXT_BYTES ? known : undefined;
  return {
    body: new Body(pool),
    symbols: previous?.symbols ?? new SymbolTable(symbols),
    layout: new Layout(),
    previous,
    next: 0,
    points: 0,
  };
}

/** Whether a time takes the usual number of bytes, so that another one can replace it. */
export function isUsualTime(unixMillis: number): boolean {
  return unixMillis >= LEAST_TIME && unixMillis < TIME_LIMIT;
}

/** Copies a series from the previous request, with another value and time. Returns false if it is not there. */
export function copySeries(
  request: OpenRequest,
  head: SeriesHead,
  value: number,
  unixMillis: number,
  startUnixMillis: number,
): boolean {
  const { previous, body, layout } = request;
  if (previous === undefined) return false;
  const { layout: written, view: source } = previous;
  const place = written.find(request.next, head.series, head, startUnixMillis);
  if (place < 0) return false;
  request.next = place + 1;
  const from = written.beginOf(place);
  const length = written.endOf(place) - from;
  body.reserve(length);
  const { view, at } = body;
  for (let i = 0; i < length; i += 4) view.setInt32(at + i, source.getInt32(from + i, true), true);
  const time = at + length - TIME_BYTES;
  view.setFloat64(time - 1 - VALUE_BYTES, value, true);
  body.at = time;
  writeVarint(body, unixMillis);
  layout.add(head.series, head, startUnixMillis, body.length);
  return true;
}

/** A finished request. */
export interface Finished {
  readonly request: EncodedRequest;
  readonly written: WrittenRequest | undefined;
}

/** Returns the bytes of a request, and what the next one copies from. */
export function encoded({ body, symbols, points, layout, previous }: OpenRequest): Finished {
  const series = body.finish();
  const parts = [symbols.bytes, ...series.chunks];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = Buffer.allocUnsafeSlow(length + SLACK_BYTES);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  series.release();
  const texts = previous?.texts ?? symbols.size;
  const isAged = symbols.size > 1.25 * texts + FEW_TEXTS || symbols.hasOwn;
  const view = new DataView(bytes.buffer, symbols.byteLength);
  return {
    request: { body: bytes.subarray(0, length), points },
    written: isAged ? undefined : { view, layout, symbols, texts },
  };
}
