import type { StoredRecord } from "../../io/outbox/record-queue.ts";
import { isSuccess } from "../../io/http/answer-text.ts";
import type { HttpAnswer } from "../../io/http/exchange.ts";
import { retryAfterMillis } from "../../io/http/retry-after.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { promisify } from "node:util";
import { gunzip, gunzipSync, gzip, gzipSync } from "node:zlib";

/** The backend has accepted the record; it may have rejected some of its points permanently. */
export interface Delivered {
  readonly kind: "delivered";
  readonly rejectedPoints: number;
  /** The backend's reason for rejecting points, or a warning. */
  readonly message?: string | undefined;
  readonly status?: number | undefined;
}

/** The backend will never accept the record. */
export interface Rejected {
  readonly kind: "rejected";
  readonly errorType: string;
  readonly message: string;
  readonly status?: number | undefined;
  /** Set if the reason is not the backend's. */
  readonly hasOwnReason?: boolean | undefined;
}

export interface Failed extends Omit<Rejected, "kind" | "hasOwnReason"> {
  readonly kind: "failed";
  /** The pause requested by the backend. */
  readonly retryAfterMillis?: number | undefined;
  /** Set if the response is the same for a failing backend and for a record that will never be accepted. */
  readonly isDoubtful?: boolean | undefined;
  /** Set if there was no connection to the backend, which may be restarting. */
  readonly isUnreachable?: boolean | undefined;
}

/** The record was not sent, because a newer one replaces it. */
export interface Superseded {
  readonly kind: "superseded";
}

export type Attempt = Delivered | Rejected | Failed;

/** Tries once to deliver a record; ends early if the signal aborts. Never rejects. */
export type Send = (record: StoredRecord, signal: AbortSignal) => Promise<Attempt>;

// OTLP names 429, 502, 503 and 504 as retryable; HTTP defines 408 as retryable too.
const RETRIED = new Set([408, 429, 502, 503, 504]);

/** The outcome of an attempt, from its response. @param said the backend's message, without secrets. */
export function attemptFrom(
  answer: Pick<HttpAnswer, "status" | "retryAfter">,
  nowUnixMillis: number,
  said: string,
): Attempt {
  const { status } = answer;
  if (isSuccess(answer)) return { kind: "delivered", rejectedPoints: 0, status };
  const message = `the backend responded with ${status}${said && `: ${said}`}`;
  const failure = { errorType: String(status), message, status };
  if (RETRIED.has(status)) {
    const pause = retryAfterMillis(answer.retryAfter, nowUnixMillis);
    return { kind: "failed", ...failure, retryAfterMillis: pause };
  }
  if (status >= 500) return { kind: "failed", ...failure, isDoubtful: true };
  return { kind: "rejected", ...failure };
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** The outcome of a request without a response. */
export function failedBy(error: unknown): Failed {
  if (!(error instanceof Error)) return { kind: "failed", errorType: "_OTHER", message: String(error) };
  const code: unknown = Reflect.get(error, "code");
  const errorType = typeof code === "string" ? code : error.name;
  // If a name has several addresses, the failures are in a list and the message is empty.
  const message = error.message || errorType;
  return { kind: "failed", errorType, message, isUnreachable: UNREACHABLE.has(errorType) };
}

// Even the fastest level compresses a request to a tenth.
const OPTIONS = { level: 1 };
// Much larger than any of our requests.
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

const compressed = promisify<Uint8Array, { level: number }, Buffer>(gzip);
const decompressed = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

export function pack(request: Uint8Array): Promise<Uint8Array> {
  return compressed(request, OPTIONS);
}

/** Synchronous form, for the end of a process. */
export function packSync(request: Uint8Array): Uint8Array {
  return gzipSync(request, OPTIONS);
}

/** Unpacks a request; rejects if the bytes are not valid gzip. */
export function unpack(packed: Uint8Array): Promise<Uint8Array> {
  return decompressed(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
}

/** Synchronous form, for the end of a process; throws. */
export function unpackSync(packed: Uint8Array): Uint8Array {
  return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
}

/** The size of a packed request before compression: the last field of gzip's format. */
export function unpackedBytes(packed: Uint8Array): number {
  const { buffer, byteOffset, byteLength } = packed;
  return byteLength < 4 ? 0 : new DataView(buffer, byteOffset, byteLength).getUint32(byteLength - 4, true);
}

/** The outcome for a record that is not one of our requests. */
export function unreadable(error: unknown): Rejected {
  const message = `they are not readable: ${errorMessage(error)}`;
  return { kind: "rejected", errorType: "unreadable", message, hasOwnReason: true };
}
