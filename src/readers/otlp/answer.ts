// Responses of OTLP backends over HTTP.
import { diag } from "@opentelemetry/api";
import { ProtobufReader } from "../../io/bytes/protobuf-reader.ts";
import { isSuccess, oneLine, textOfAnswer } from "../../io/http/answer-text.ts";
import type { HttpAnswer } from "../../io/http/exchange.ts";
import { type Attempt, attemptFrom, type Delivered } from "../delivery/attempt.ts";

/** The outcome of an attempt, from its response. `secrets` are removed from the message, because it is logged. */
export function attemptFromAnswer(
  answer: HttpAnswer,
  nowUnixMillis: number,
  secrets: readonly string[],
): Attempt {
  if (isSuccess(answer)) return { ...deliveredFrom(answer, secrets), status: answer.status };
  return attemptFrom(answer, nowUnixMillis, errorMessageOf(answer, secrets));
}

// ExportMetricsServiceResponse: 1 partial_success { 1 rejected_data_points, 2 error_message }.
function deliveredFrom({ body, contentType }: HttpAnswer, secrets: readonly string[]): Delivered {
  let rejectedPoints = 0;
  let message = "";
  if (/json/i.test(contentType)) [rejectedPoints, message] = partialSuccessIn(body, secrets);
  else if (isProtobuf(contentType)) {
    let text = "";
    readFields(body, (response) => {
      if (response.field !== 1) return;
      readFields(response.bytes(), (partial) => {
        if (partial.field === 1) rejectedPoints = Math.max(partial.signedVarint(), 0);
        else if (partial.field === 2) text = partial.text();
      });
    });
    message = oneLine(text, secrets);
  }
  return { kind: "delivered", rejectedPoints, ...(message !== "" && { message }) };
}

// The number is a text, as protobuf's JSON writes 64 bits.
function partialSuccessIn(body: Uint8Array, secrets: readonly string[]): [number, string] {
  try {
    const { partialSuccess = {} }: JsonResponse = JSON.parse(Buffer.from(body).toString());
    const { rejectedDataPoints = 0, errorMessage = "" } = partialSuccess;
    return [Math.max(Number(rejectedDataPoints) || 0, 0), oneLine(errorMessage, secrets)];
  } catch (error) {
    noteUnreadable(error);
    return [0, ""];
  }
}

interface JsonResponse {
  readonly partialSuccess?: {
    readonly rejectedDataPoints?: string | number;
    readonly errorMessage?: string;
  };
}

// Errors contain google.rpc.Status, whose field 2 is the message, or a text written by a proxy.
function errorMessageOf(answer: HttpAnswer, secrets: readonly string[]): string {
  if (isProtobuf(answer.contentType)) {
    let message = "";
    readFields(answer.body, (status) => {
      if (status.field === 2) message = status.text();
    });
    return oneLine(message, secrets);
  }
  return textOfAnswer(answer, secrets);
}

function readFields(bytes: Uint8Array, read: (message: ProtobufReader) => void): void {
  try {
    const message = new ProtobufReader(bytes);
    while (message.next()) read(message);
  } catch (error) {
    noteUnreadable(error);
  }
}

// The status is sufficient: a body that is not readable is ignored.
function noteUnreadable(error: unknown): void {
  diag.debug("otlp exporter: a response body is not readable", error);
}

function isProtobuf(contentType: string): boolean {
  return /protobuf/i.test(contentType);
}
