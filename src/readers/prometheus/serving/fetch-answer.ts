import { inSlices } from "../../../io/yield.ts";
import { allSteps } from "../../../translation/label-steps.ts";
import type { ScrapeAnswer, ScrapeRequest } from "./answer.ts";

// Larger bodies are copied in slices.
const LARGE_BYTES = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

/** Answers a `Request` of the Fetch API. Never rejects. */
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
    // Readers may keep the bytes of a response, so it gets memory of its own.
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

// A response would copy all bytes at once.
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.byteLength) return controller.close();
      controller.enqueue(bytes.subarray(at, (at += LARGE_BYTES)));
    },
  });
}
