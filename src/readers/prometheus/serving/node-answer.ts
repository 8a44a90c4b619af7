import type { IncomingMessage, ServerResponse } from "node:http";
import { realClearTimeout, realSetTimeout } from "../../../io/timeout.ts";
import { nextTurn } from "../../../io/yield.ts";
import type { ScrapeAnswer, ScrapeRequest } from "./answer.ts";
import type { Place } from "./places.ts";

// Written at once: the system's copy of it holds up the event loop.
const BATCH_BYTES = 256 * 1024;
const STALL_MILLIS = 5_000;

/** Answers a request of node:http, or of a server that builds on it. Never rejects. */
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

// Resolves once the body's memory is not read any more: the system has taken all of it, or the connection has ended.
async function send(
  { status, headers, body, takingTimeoutMillis, place }: ScrapeAnswer,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
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
    // A fast scraper drains at once: other work gets its turn between two batches.
    await nextTurn();
  }
}

// The chunks, uncopied, in batches of at most `BATCH_BYTES`.
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

// Resolves once there is room for more. A client that reads nothing keeps a place from others, and is cut off.
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

// Headers may come several times.
function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "object" ? value.join(", ") : value;
}
