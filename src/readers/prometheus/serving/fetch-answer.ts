// Requests and answers of the Fetch API, as Hono, Next and others have them.
import type { Answer, ScrapeRequest } from "./answer.ts";

/** Answers a `Request`. Never rejects. */
export async function answerFetch(
  request: Request,
  answerTo: (request: ScrapeRequest) => Promise<Answer>,
): Promise<Response> {
  const { status, headers, body } = await answerTo({
    method: request.method,
    url: request.url,
    header: (name) => request.headers.get(name) ?? undefined,
    signal: request.signal,
  });
  try {
    if (request.method === "HEAD") return new Response(null, { status, headers: { ...headers } });
    // Whoever reads a response may keep what it has read, so it gets memory of its own.
    const bytes = new Uint8Array(body.byteLength);
    let offset = 0;
    for (const chunk of body.chunks) {
      bytes.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return new Response(bytes, { status, headers: { ...headers } });
  } finally {
    body.release();
  }
}
