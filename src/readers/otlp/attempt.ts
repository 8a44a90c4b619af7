import type { StoredRecord } from "../../io/outbox/record-queue.ts";
import { diag } from "@opentelemetry/api";
import { withoutValues } from "../../diagnostics/redact.ts";
import { ProtobufReader } from "../../io/bytes/protobuf-reader.ts";
import type { HttpAnswer } from "../../io/http/exchange.ts";
import { retryAfterMillis } from "../../io/http/retry-after.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { promisify } from "node:util";
import { gunzip, gzip, gzipSync } from "node:zlib";

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
}

export interface Failed extends Omit<Rejected, "kind"> {
  readonly kind: "failed";
  /** The pause requested by the backend. */
  readonly retryAfterMillis?: number | undefined;
  /** Set if the response is the same for a failing backend and for a record that will never be accepted. */
  readonly isDoubtful?: boolean | undefined;
}

export type Attempt = Delivered | Rejected | Failed;

/** Tries once to deliver a record; ends early if the signal aborts. Never rejects. */
export type Send = (record: StoredRecord, signal: AbortSignal) => Promise<Attempt>;

// OTLP names 429, 502, 503 and 504 as retryable; HTTP defines 408 as retryable too.
const RETRIED = new Set([408, 429, 502, 503, 504]);
const MAX_MESSAGE_LENGTH = 200;
const MAX_READ_BYTES = 16_384;

/** The outcome of an attempt, from its response. `secrets` are removed from the message, because it is logged. */
export function attemptFrom(answer: HttpAnswer, nowUnixMillis: number, secrets: readonly string[]): Attempt {
  const { status } = answer;
  if (status >= 200 && status < 300) return { ...deliveredFrom(answer, secrets), status };
  const said = errorMessageOf(answer, secrets);
  const message = `the backend responded with ${status}${said && `: ${said}`}`;
  const failure = { errorType: String(status), message, status };
  if (RETRIED.has(status)) {
    const pause = retryAfterMillis(answer.retryAfter, nowUnixMillis);
    return { kind: "failed", ...failure, retryAfterMillis: pause };
  }
  if (status >= 500) return { kind: "failed", ...failure, isDoubtful: true };
  return { kind: "rejected", ...failure };
}

// ExportMetricsServiceResponse: 1 partial_success { 1 rejected_data_points, 2 error_message }.
function deliveredFrom({ body, contentType }: HttpAnswer, secrets: readonly string[]): Delivered {
  let rejectedPoints = 0;
  let message = "";
  if (isProtobuf(contentType)) {
    readFields(body, (response) => {
      if (response.field !== 1) return;
      readFields(response.bytes(), (partial) => {
        if (partial.field === 1) rejectedPoints = Math.max(partial.signedVarint(), 0);
        else if (partial.field === 2) message = oneLine(partial.text(), secrets);
      });
    });
  }
  return { kind: "delivered", rejectedPoints, ...(message !== "" && { message }) };
}

// Errors contain google.rpc.Status, whose field 2 is the message, or a text written by a proxy.
function errorMessageOf({ body, contentType }: HttpAnswer, secrets: readonly string[]): string {
  let message = "";
  if (isProtobuf(contentType)) {
    readFields(body, (status) => {
      if (status.field === 2) message = status.text();
    });
  } else if (/^text\/plain|json/i.test(contentType)) {
    message = new TextDecoder().decode(body.subarray(0, MAX_READ_BYTES));
  }
  return oneLine(message, secrets);
}

// The status is sufficient: a body that is not protobuf is ignored.
function readFields(bytes: Uint8Array, read: (message: ProtobufReader) => void): void {
  try {
    const message = new ProtobufReader(bytes);
    while (message.next()) read(message);
  } catch (error) {
    diag.debug("otlp exporter: a response body is not readable", error);
  }
}

function isProtobuf(contentType: string): boolean {
  return /protobuf/i.test(contentType);
}

// Shortened and without control characters, for logs.
function oneLine(text: string, secrets: readonly string[]): string {
  return withoutValues(text.slice(0, MAX_READ_BYTES), secrets)
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_MESSAGE_LENGTH);
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

/** The outcome for a record that is not one of our requests. */
export function unreadable(error: unknown): Rejected {
  const message = `not readable: ${errorMessage(error)}`;
  return { kind: "rejected", errorType: "unreadable", message };
}
