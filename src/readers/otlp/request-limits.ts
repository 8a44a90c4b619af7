// Limits of requests and responses, with the specification's defaults.
import { MAX_RESPONSE_BYTES } from "../../options/otlp.ts";
import type { Rejected } from "../delivery/attempt.ts";
import { DEFAULT_MAX_REQUEST_BYTES, OtlpEncoder } from "./encode/index.ts";

const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
// JSON of our requests is at most six times as long as protobuf: control characters become `\u0001`.
const JSON_RATIO = 8;

/** Options for the sizes of requests and responses. */
export interface OtlpLimits {
  maxRequestBytes?: number;
  maxResponseBytes?: number;
}

/** The specification's limits: a request beyond its limit is not sent, and the rest of a response is not read. */
export class RequestLimits {
  readonly maxResponseBytes: number;
  readonly #maxRequestBytes: number;
  // Maximum of a request with several data points.
  readonly #splitBytes: number;

  constructor({ maxRequestBytes, maxResponseBytes = MAX_RESPONSE_BYTES }: OtlpLimits) {
    this.maxResponseBytes = maxResponseBytes;
    this.#maxRequestBytes = maxRequestBytes ?? MAX_REQUEST_BYTES;
    this.#splitBytes = Math.min(maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES, MAX_REQUEST_BYTES);
  }

  /** An encoder whose requests have more bytes only if one data point alone does. */
  encoder({ isJson = false }: { readonly isJson?: boolean } = {}): OtlpEncoder {
    const ofJson = Math.min(DEFAULT_MAX_REQUEST_BYTES, Math.ceil(this.#maxRequestBytes / JSON_RATIO));
    return new OtlpEncoder(isJson ? ofJson : this.#splitBytes);
  }

  /** The outcome for a request of this size before compression, if it must not be sent. */
  refusal(requestBytes: number): Rejected | undefined {
    if (requestBytes <= this.#maxRequestBytes) return undefined;
    const message = `their request has ${requestBytes} bytes, more than maxRequestBytes, ${this.#maxRequestBytes}`;
    return { kind: "rejected", errorType: "request_too_large", message, hasOwnReason: true };
  }

  /** The outcome of a request whose response is longer than allowed. */
  refusedResponse(status?: number): Rejected {
    const message =
      `the response has more bytes than maxResponseBytes, ${this.maxResponseBytes}; ` +
      "whether the backend has accepted the request is unknown";
    return { kind: "rejected", errorType: "response_too_large", message, status, hasOwnReason: true };
  }
}
