// Compression of bodies.
import { onAbort } from "../../../io/abort.ts";
import type { ScrapeBody } from "../exposition.ts";

// Each output buffer that fills up costs the main thread a turn.
const OUTPUT_BUFFER_BYTES = 256 * 1024;

/** Compresses a body on zlib's threads, into a copy. Rejects with the signal's reason. */
export function gzipBody(body: ScrapeBody, signal: AbortSignal): Promise<ScrapeBody> {
  const chunkSize = Math.min(OUTPUT_BUFFER_BYTES, Math.max(1_024, body.byteLength));
  const { constants, createGzip } = process.getBuiltinModule("node:zlib");
  // The text is repetitive: a higher level saves little (bench: "gzip, time of the main thread").
  const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize });
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let byteLength = 0;
    const abort = (): void => void gzip.destroy(signal.reason);
    if (signal.aborted) abort();
    const stop = onAbort(signal, abort);
    gzip.on("data", (chunk: Uint8Array) => {
      chunks.push(chunk);
      byteLength += chunk.byteLength;
    });
    gzip.once("end", () => resolve({ chunks, byteLength, release: () => {} }));
    gzip.once("error", reject);
    gzip.once("close", stop);
    // Written all at once: zlib processes chunks in order, and they are in memory anyway.
    for (const chunk of body.chunks) gzip.write(chunk);
    gzip.end();
  });
}
