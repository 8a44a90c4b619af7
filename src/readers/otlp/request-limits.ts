// Limits of requests and responses, with the specification's defaults.
import type { Attributes, MeterProvider } from "@opentelemetry/api";
import type { ExportResult } from "@opentelemetry/core";
import { collectionFromMetrics } from "../../engine/collection/collection-from-metrics.ts";
import type { PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import { ExportResultCode } from "../../engine/sdk-values.ts";
import { MAX_RESPONSE_BYTES } from "../../options/otlp.ts";
import { exportInTime, withResolvedResource } from "../collection-exporter.ts";
import type { Rejected } from "../delivery/attempt.ts";
import type { EncodedRequest } from "../delivery/encoder.ts";
import { metricsFromRequest } from "./decode/index.ts";
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
  /** Maximum of a request with several data points. */
  readonly splitBytes: number;

  constructor({ maxRequestBytes, maxResponseBytes = MAX_RESPONSE_BYTES }: OtlpLimits) {
    this.maxResponseBytes = maxResponseBytes;
    this.#maxRequestBytes = maxRequestBytes ?? MAX_REQUEST_BYTES;
    this.splitBytes = Math.min(maxRequestBytes ?? DEFAULT_MAX_REQUEST_BYTES, MAX_REQUEST_BYTES);
  }

  /** An encoder whose requests have more bytes only if one data point alone does. */
  encoder({ isJson = false }: { readonly isJson?: boolean } = {}): OtlpEncoder {
    const ofJson = Math.min(DEFAULT_MAX_REQUEST_BYTES, Math.ceil(this.#maxRequestBytes / JSON_RATIO));
    return new OtlpEncoder(isJson ? ofJson : this.splitBytes);
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

/** Capability of upstream's exporters. */
export interface SelfObserving {
  setSelfObsMeterProvider(meterProvider: MeterProvider): void;
}

/** Puts the limit of requests in front of an exporter that sends a collection as one request. */
export class SplittingExporter implements PushMetricExporter {
  readonly #exporter: PushMetricExporter & Partial<SelfObserving>;
  readonly #limits: RequestLimits;
  readonly #encoder: OtlpEncoder;
  readonly #timeoutMillis: number;

  /** @param timeoutMillis time-out of each request. */
  constructor(
    exporter: PushMetricExporter & Partial<SelfObserving>,
    limits: RequestLimits,
    timeoutMillis: number,
  ) {
    this.#exporter = exporter;
    this.#limits = limits;
    this.#encoder = limits.encoder();
    this.#timeoutMillis = timeoutMillis;
  }

  /** Exports the parts of a large collection one after the other; fails if one of them fails. */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    if (mostBytes(metrics) <= this.#limits.splitBytes) return this.#exporter.export(metrics, resultCallback);
    const collection = withResolvedResource(collectionFromMetrics(metrics));
    const requests = this.#encoder.encodeSync(collection);
    const [first, ...others] = requests;
    const isWhole = others.length === 0 && this.#limits.refusal(first?.body.byteLength ?? 0) === undefined;
    if (isWhole) this.#exporter.export(metrics, resultCallback);
    else
      this.#exportParts(requests).then(
        () => resultCallback({ code: ExportResultCode.SUCCESS }),
        (error: Error) => resultCallback({ code: ExportResultCode.FAILED, error }),
      );
  }

  async #exportParts(requests: readonly EncodedRequest[]): Promise<void> {
    let failure: unknown;
    for (const { body } of requests) {
      const refusal = this.#limits.refusal(body.byteLength);
      if (refusal !== undefined) failure = new Error(`data points were dropped, because ${refusal.message}`);
      else
        await exportInTime(this.#exporter, metricsFromRequest(body), this.#timeoutMillis).catch(
          (error: unknown) => void (failure = error),
        );
    }
    if (failure !== undefined) throw failure;
  }

  /** Sets the provider of the exporter's self metrics. */
  setSelfObsMeterProvider(meterProvider: MeterProvider): void {
    this.#exporter.setSelfObsMeterProvider?.(meterProvider);
  }

  /** Flushes the exporter. */
  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  /** Ends the exporter. */
  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

// More than the fields of a message take that are not texts.
const MOST_FIELD_BYTES = 128;
// Bytes of a character of UTF-16 in UTF-8, at most.
const MOST_CHARACTER_BYTES = 3;
const MOST_BUCKET_BYTES = 20;

/** An upper bound of a request's size, at a tenth of the cost of encoding it; `Infinity` with lists and exemplars. */
export function mostBytes({ resource, scopeMetrics }: ResourceMetrics): number {
  let bytes = MOST_FIELD_BYTES + attributesBytes(resource.attributes);
  for (const { scope, metrics } of scopeMetrics) {
    bytes += MOST_FIELD_BYTES + textBytes(scope.name, scope.version, scope.schemaUrl);
    if ("attributes" in scope) return Infinity;
    for (const { descriptor, dataPoints } of metrics) {
      bytes += MOST_FIELD_BYTES + textBytes(descriptor.name, descriptor.description, descriptor.unit);
      for (const point of dataPoints) {
        if ("exemplars" in point) return Infinity;
        const { attributes, value } = point;
        bytes += MOST_FIELD_BYTES + attributesBytes(attributes);
        if (typeof value === "number") continue;
        const buckets =
          "buckets" in value
            ? value.buckets.counts.length
            : value.positive.bucketCounts.length + value.negative.bucketCounts.length;
        bytes += MOST_FIELD_BYTES + buckets * MOST_BUCKET_BYTES;
      }
    }
  }
  return bytes;
}

function textBytes(...texts: readonly (string | undefined)[]): number {
  return texts.reduce((sum, text = "") => sum + text.length * MOST_CHARACTER_BYTES, 0);
}

const MOST_ATTRIBUTE_BYTES = 32;

function attributesBytes(attributes: Attributes): number {
  let bytes = 0;
  for (const key in attributes) {
    const value = attributes[key];
    if (typeof value === "object") return Infinity;
    const length = typeof value === "string" ? value.length : 0;
    bytes += MOST_ATTRIBUTE_BYTES + (key.length + length) * MOST_CHARACTER_BYTES;
  }
  return bytes;
}
