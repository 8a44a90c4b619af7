// Requests as they wait: compressed, so that a day of them finds room. By zlib's threads, so that no event loop waits.
import { promisify } from "node:util";
import { gunzip, gzip, gzipSync } from "node:zlib";
import type { Rejected } from "./attempt.ts";

// The fastest level leaves a tenth of a request too.
const OPTIONS = { level: 1 };
// No request is longer by far; what would become it is none of ours.
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

const compressed = promisify<Uint8Array, { level: number }, Buffer>(gzip);
const decompressed = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

/** An encoded request in gzip. */
export function pack(request: Uint8Array): Promise<Uint8Array> {
  return compressed(request, OPTIONS);
}

/** The same at once, for the end of a process. */
export function packSync(request: Uint8Array): Uint8Array {
  return gzipSync(request, OPTIONS);
}

/** The request again; rejects where the bytes are no gzip. */
export function unpack(packed: Uint8Array): Promise<Uint8Array> {
  return decompressed(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
}

/** What comes of a record that is no request of ours: nobody will ever take it. */
export function unreadable(error: unknown): Rejected {
  const message = `not readable: ${error instanceof Error ? error.message : String(error)}`;
  return { kind: "rejected", errorType: "unreadable", message };
}
