// Requests as they wait: compressed by zlib's threads, so that a day of them finds room.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { promisify } from "node:util";
import { gunzip, gzip, gzipSync } from "node:zlib";
import type { Rejected } from "./attempt.ts";

// The fastest level leaves a tenth of a request too.
const OPTIONS = { level: 1 };
// Much longer than any request of ours.
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

/** The request again; rejects if the bytes are not valid gzip. */
export function unpack(packed: Uint8Array): Promise<Uint8Array> {
  return decompressed(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
}

/** The outcome for a record that is not a request of ours. */
export function unreadable(error: unknown): Rejected {
  const message = `not readable: ${errorMessage(error)}`;
  return { kind: "rejected", errorType: "unreadable", message };
}
