// Compression of a body, away from the thread that the application runs on.
import { constants, createGzip } from "node:zlib";
import type { ScrapeBody } from "../rendering.ts";

// Text of metrics is repetitive: more work saves little (bench: "gzip, main thread").
const LEVEL = constants.Z_BEST_SPEED;
// Each output buffer that fills up costs the main thread a turn.
const OUTPUT_BUFFER_BYTES = 256 * 1024;

/** The body, compressed by zlib's own threads; it has memory of its own. Rejects with the signal's reason. */
export function gzipBody(body: ScrapeBody, signal: AbortSignal): Promise<ScrapeBody> {
  const chunkSize = Math.min(OUTPUT_BUFFER_BYTES, Math.max(1_024, body.byteLength));
  const gzip = createGzip({ level: LEVEL, chunkSize });
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let byteLength = 0;
    const abort = (): void => void gzip.destroy(signal.reason);
    const settle = (): void => signal.removeEventListener("abort", abort);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    gzip.on("data", (chunk: Uint8Array) => {
      chunks.push(chunk);
      byteLength += chunk.byteLength;
    });
    gzip.once("end", () => {
      settle();
      resolve({ chunks, byteLength, release: () => {} });
    });
    gzip.once("error", (error) => {
      settle();
      reject(error);
    });
    // All at once: it takes them one after the other, and they are in memory anyway.
    for (const chunk of body.chunks) gzip.write(chunk);
    gzip.end();
  });
}
