import type { ScrapeBody } from "../exposition.ts";
import type { Place } from "./places.ts";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { realClearTimeout, realSetTimeout } from "../../../io/timeout.ts";
import { nextTurn, inSlices } from "../../../io/yield.ts";
import { allSteps } from "../../../io/yield.ts";

export interface ScrapeRequest {
  readonly method: string;
  /** Path and query, or a complete URL. */
  readonly url: string;
  /** Returns a header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** Aborts if the client disconnects. */
  readonly signal: AbortSignal;
  /** Reads the body; resolves to `undefined` if it is longer than `maxBytes`. Missing if bodies are not read. */
  readonly body?: (maxBytes: number) => Promise<string | undefined>;
}

/** Writes the body of a response over a long time. Resolves at its end. */
export type ResponseStream = (to: Writable) => Promise<void>;

/** A response. The sender always releases its body. */
export interface ScrapeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ScrapeBody;
  readonly takingTimeoutMillis: number;
  /** Writes the body, instead of `body` and without a time-out. */
  readonly stream?: ResponseStream;
  /** The place of the scrape, updated as the client reads; undefined if the response occupies no place. */
  readonly place?: Place;
}

const BRIEF_TAKING_TIMEOUT_MILLIS = 10_000;

/** A one-line response; without a body if the text is empty. */
export function briefAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): ScrapeAnswer {
  const bytes = Buffer.from(text === "" ? "" : `${text}\n`);
  return {
    status,
    headers: {
      ...(text !== "" && { "content-type": "text/plain; charset=utf-8" }),
      "content-length": String(bytes.length),
      ...headers,
    },
    body: { chunks: [bytes], byteLength: bytes.length, release: () => {} },
    takingTimeoutMillis: BRIEF_TAKING_TIMEOUT_MILLIS,
  };
}

// Bytes written at once. The system copies them synchronously, which blocks the event loop.
const BATCH_BYTES = 256 * 1024;
const STALL_MILLIS = 5_000;

/** Handles a request of node:http, or of a server based on it. Never rejects. */
export async function answerNode(
  request: IncomingMessage,
  response: ServerResponse,
  answerTo: (request: ScrapeRequest) => Promise<ScrapeAnswer>,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  if (response.destroyed) leave();
  response.once("close", leave);
  let answer: ScrapeAnswer | undefined;
  try {
    answer = await answerTo({
      method: request.method ?? "GET",
      url: request.url ?? "/",
      header: (name) => textOf(request.headers[name]),
      signal: gone.signal,
      body: (maxBytes) => bodyOf(request, maxBytes),
    });
    if (!gone.signal.aborted && !response.headersSent) await send(answer, request, response, gone.signal);
  } catch {
    // The connection broke.
    response.destroy();
  } finally {
    response.off("close", leave);
    answer?.body.release();
  }
}

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Destroying the request would close the connection before the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) continue;
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

// Resolves once the memory of the body is no longer read: the system has taken all of it, or the connection has ended.
async function send(
  { status, headers, body, takingTimeoutMillis, stream, place }: ScrapeAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  if (stream !== undefined && request.method !== "HEAD") {
    response.writeHead(status, headers);
    response.flushHeaders();
    await stream(response);
    return void response.end();
  }
  const timer = realSetTimeout(() => response.destroy(), takingTimeoutMillis).unref();
  const over = new Promise<void>((resolve) => {
    response.once("finish", resolve);
    response.once("close", resolve);
  });
  try {
    response.writeHead(status, headers);
    if (request.method !== "HEAD") await write(body.chunks, response, place, signal);
    response.end();
    place?.sends(() => void response.destroy());
    await over;
  } finally {
    realClearTimeout(timer);
  }
}

async function write(
  chunks: readonly Uint8Array[],
  response: ServerResponse,
  place: Place | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (const pieces of batchesOf(chunks)) {
    if (signal.aborted) return;
    response.cork();
    let hasRoom = true;
    for (const piece of pieces) hasRoom = response.write(piece);
    response.uncork();
    if (hasRoom) continue;
    await drained(response, place);
    // A fast scraper drains at once: let other work run between two batches.
    await nextTurn();
  }
}

// The chunks, without a copy, in batches of at most `BATCH_BYTES`.
function* batchesOf(chunks: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let room = BATCH_BYTES;
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.byteLength;) {
      const piece = chunk.subarray(from, from + room);
      batch.push(piece);
      from += piece.byteLength;
      room -= piece.byteLength;
      if (room > 0) continue;
      yield batch;
      batch = [];
      room = BATCH_BYTES;
    }
  }
  if (batch.length > 0) yield batch;
}

// Resolves once there is room for more data. A client that stops reading is disconnected, because it occupies a place.
function drained(response: ServerResponse, place: Place | undefined): Promise<void> {
  return new Promise((resolve) => {
    const cut = (): void => void response.destroy();
    const timer = realSetTimeout(cut, STALL_MILLIS).unref();
    place?.sends(cut);
    const settle = (): void => {
      realClearTimeout(timer);
      response.off("drain", settle);
      response.off("close", settle);
      resolve();
    };
    response.once("drain", settle);
    response.once("close", settle);
  });
}

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "object" ? value.join(", ") : value;
}

// Larger bodies are copied in slices.
const LARGE_BYTES = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

/** Handles a `Request` of the Fetch API. Never rejects. */
export async function answerFetch(
  request: Request,
  answerTo: (request: ScrapeRequest) => Promise<ScrapeAnswer>,
): Promise<Response> {
  const { status, headers, body } = await answerTo({
    method: request.method,
    url: request.url,
    header: (name) => request.headers.get(name) ?? undefined,
    signal: request.signal,
  });
  try {
    if (request.method === "HEAD") return new Response(null, { status, headers: { ...headers } });
    // The bytes of a response may be kept by its readers, so they are a copy.
    const bytes = Buffer.allocUnsafeSlow(body.byteLength);
    const copying = copySteps(body.chunks, bytes);
    const isLarge = body.byteLength > LARGE_BYTES;
    if (isLarge) await inSlices(copying);
    else allSteps(copying);
    return new Response(isLarge ? streamOf(bytes) : bytes, { status, headers: { ...headers } });
  } finally {
    body.release();
  }
}

function* copySteps(chunks: readonly Uint8Array[], to: Uint8Array): Generator<void, void> {
  let offset = 0;
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.byteLength; from += PIECE_BYTES) {
      const piece = chunk.subarray(from, from + PIECE_BYTES);
      to.set(piece, offset);
      offset += piece.byteLength;
      yield;
    }
  }
}

// A `Response` would copy all bytes at once.
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.byteLength) return controller.close();
      controller.enqueue(bytes.subarray(at, (at += LARGE_BYTES)));
    },
  });
}
