// What a collector's answer means.
import { diag } from "@opentelemetry/api";
import { withoutValues } from "../../diagnostics/redact.ts";
import { ProtobufReader } from "../../io/bytes/protobuf-reader.ts";
import type { HttpAnswer } from "../../io/http/exchange.ts";
import type { Attempt, Delivered } from "./attempt.ts";
import { retryAfterMillis } from "./retry-after.ts";

// OTLP has 429, 502, 503 and 504 retried; 408 says by itself that another attempt may succeed.
const RETRIED = new Set([408, 429, 502, 503, 504]);

/** What an answer says of the record that was sent. Its words, which go to the log, are without these secrets. */
export function attemptFrom(answer: HttpAnswer, nowUnixMillis: number, secrets: readonly string[]): Attempt {
  const { status } = answer;
  if (status >= 200 && status < 300) return { ...deliveredFrom(answer, secrets), status };
  const message = `the collector answered ${status}${withColon(errorMessageOf(answer, secrets))}`;
  const failure = { errorType: String(status), message, status };
  if (RETRIED.has(status)) {
    return {
      kind: "failed",
      ...failure,
      retryAfterMillis: retryAfterMillis(answer.retryAfter, nowUnixMillis),
    };
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

// Errors carry google.rpc.Status, whose field 2 is the message, or a text that something on the way wrote.
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

// The status has told what counts: a body that is no protobuf says nothing more.
function readFields(bytes: Uint8Array, read: (message: ProtobufReader) => void): void {
  try {
    const message = new ProtobufReader(bytes);
    while (message.next()) read(message);
  } catch (error) {
    diag.debug("otlp exporter: an answer is not readable", error);
  }
}

function isProtobuf(contentType: string): boolean {
  return /protobuf/i.test(contentType);
}

function withColon(message: string): string {
  return message === "" ? "" : `: ${message}`;
}

const MAX_MESSAGE_LENGTH = 200;
const MAX_READ_BYTES = 16_384;

// Goes into logs, so it is short, and without what a terminal would obey.
function oneLine(text: string, secrets: readonly string[]): string {
  return withoutValues(text.slice(0, MAX_READ_BYTES), secrets)
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_MESSAGE_LENGTH);
}
