import type { PushMetricExporter } from "../../engine/index.ts";
import { exportInTime } from "../collection-exporter.ts";
import { componentOfType, serverOf } from "../exporter-metrics.ts";
import { metricsFromRequest } from "./decode/index.ts";
import { HttpSender, httpTarget } from "./http-sender.ts";
import { LAST_DELIVERY_CODE } from "./last-delivery-code.ts";
import { jsonRequest } from "./json-request.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { oneLine } from "../../io/http/answer-text.ts";
import { unescaped } from "../../io/http/basic-authorization.ts";
import { HEADER_VARIABLES, MAX_RESPONSE_BYTES } from "../../options/otlp.ts";
import { type Attempt, failedBy, unpack, unpackedBytes, unreadable } from "../delivery/attempt.ts";
import type { QueuedExporterOptions } from "../delivery/queued-exporter.ts";
import { type OtlpLimits, RequestLimits } from "./request-limits.ts";
import { timeoutOfEnvironment, type UpstreamOtlpOptions } from "./upstream.ts";
import type { AgentOptions } from "node:https";
import { createSecureContext, type SecureContext } from "node:tls";
import { createRequire } from "node:module";
import { withTimeout } from "../../io/timeout.ts";
import { inEnvironment } from "../../options/environment.ts";

/** A method of sending records, with its name and attributes. */
type Sending = Pick<
  QueuedExporterOptions,
  "name" | "component" | "encoder" | "send" | "lastWork" | "close" | "timeoutMillis"
>;

// OTLP's default time-out of a request.
const DEFAULT_TIMEOUT_MILLIS = 10_000;
const CLOSE_MILLIS = 1_000;

/**
 * The sender selected by the options and OpenTelemetry's variables: our own over HTTP, upstream's exporter for `grpc`.
 *
 * @throws MissingPackageError if the package of protocol `grpc` is not installed.
 */
export function sendingOf(
  protocol: NonNullable<OtlpExporterOptions["protocol"]>,
  options: UpstreamOtlpOptions & OtlpLimits,
): Sending {
  const limits = new RequestLimits(options);
  if (protocol === "grpc") {
    const exporter = grpcExporter(options);
    const sending = sendingBy(exporter, requestTimeout(options), judgedGrpc(headerValues(options), limits));
    return {
      ...sending,
      // Upstream waits for its requests, also for those that no flush waits for.
      close: () => withTimeout(exporter.shutdown(), CLOSE_MILLIS, () => {}),
      send: async (record, signal) =>
        limits.refusal(unpackedBytes(record.body)) ?? sending.send(record, signal),
      encoder: limits.encoder(),
      // Omits the URL, which may have no scheme.
      name: `otlp exporter of protocol "${protocol}"`,
      component: componentOfType("otlp_grpc_metric_exporter"),
    };
  }
  const isJson = protocol === "http/json";
  const target = httpTarget(options, isJson ? "application/json" : "application/x-protobuf");
  const sender = isJson
    ? new HttpSender(target, (request) => jsonRequest(metricsFromRequest(request)))
    : new HttpSender(target);
  return {
    name: `otlp exporter "${target.shownUrl}"`,
    component: componentOfType(`otlp_http_${isJson ? "json_" : ""}metric_exporter`, serverOf(target.url)),
    send: ({ body }, signal) => sender.send(body, signal),
    encoder: limits.encoder({ isJson }),
    // The thread has no encoder for JSON.
    ...(!isJson && {
      lastWork: (records) => ({ code: LAST_DELIVERY_CODE, data: { target: options, records } }),
    }),
    close: () => sender.close(),
    timeoutMillis: target.timeoutMillis,
  };
}

// In milliseconds.
function requestTimeout({ timeoutMillis }: UpstreamOtlpOptions): number {
  return timeoutMillis ?? timeoutOfEnvironment() ?? DEFAULT_TIMEOUT_MILLIS;
}

/**
 * Sends through an exporter with upstream's interface, which takes objects. By default it reports only success or
 * failure, so each failure and time-out is retried.
 */
export function sendingBy(
  exporter: PushMetricExporter,
  timeoutMillis: number,
  judge: (error: unknown, packed: Uint8Array) => Attempt = failedBy,
): Pick<Sending, "send" | "close" | "timeoutMillis"> {
  return {
    send: async ({ body }) => {
      const metrics = await unpack(body).then(metricsFromRequest).catch(unreadable);
      if ("kind" in metrics) return metrics;
      try {
        await exportInTime(exporter, metrics, timeoutMillis);
        return { kind: "delivered", rejectedPoints: 0 };
      } catch (error) {
        return judge(error, body);
      }
    },
    close: () => exporter.shutdown(),
    timeoutMillis,
  };
}

// Upstream's errors have the status of the response as a numeric `code`.
function judgedGrpc(
  secrets: readonly string[],
  limits: RequestLimits,
): (error: unknown, packed: Uint8Array) => Attempt {
  return (error, packed) => {
    const status: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
    const attempt = failedBy(error);
    const message = oneLine(attempt.message, secrets);
    // A response beyond its limit has the code of a busy backend. Some backends refuse a request in the same words.
    const isResponse =
      TOO_LARGE.exec(message)?.[1] === String(MAX_RESPONSE_BYTES) &&
      unpackedBytes(packed) <= MAX_RESPONSE_BYTES;
    if (status === RESOURCE_EXHAUSTED && isResponse) return limits.refusedResponse();
    return typeof status === "number" ? attemptFromGrpc(status, message) : { ...attempt, message };
  };
}

// The values of headers that a backend may repeat; upstream reads the variables itself.
function headerValues({ headers }: UpstreamOtlpOptions): readonly string[] {
  const entries = inEnvironment(() => HEADER_VARIABLES.map((name) => process.env[name] ?? "").join(","));
  const listed = entries.split(",").map((entry) => unescaped(entry.slice(entry.indexOf("=") + 1).trim()));
  return [...(typeof headers === "object" ? Object.values(headers) : []), ...listed].filter(Boolean);
}

// OTLP's retryable codes: CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
const GRPC_RETRIED: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15]);
// UNKNOWN, RESOURCE_EXHAUSTED, INTERNAL: from a failing backend, or caused by this record alone.
const GRPC_DOUBTFUL: ReadonlySet<number> = new Set([2, 8, 13]);
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;
// Texts of its client, without a response of the backend.
const NO_CONNECTION = /No connection established|Name resolution failed/;
const TOO_LARGE =
  /Received message (?:larger than max \(\d+ vs |that decompresses to a size larger than )(\d+)/;

function attemptFromGrpc(status: number, message: string): Attempt {
  const isUnreachable = status === UNAVAILABLE && NO_CONNECTION.test(message);
  const failure = { errorType: String(status), message, isUnreachable };
  if (GRPC_RETRIED.has(status)) return { kind: "failed", ...failure };
  if (GRPC_DOUBTFUL.has(status)) return { kind: "failed", ...failure, isDoubtful: true };
  return { kind: "rejected", ...failure };
}

const GRPC_PACKAGE = "@opentelemetry/exporter-metrics-otlp-grpc";

// Upstream's exporter for protocol `grpc`.
function grpcExporter(options: UpstreamOtlpOptions): PushMetricExporter {
  const { headers, httpAgentOptions, ...others } = options;
  if (typeof headers === "function") {
    throw new GrpcHeadersError('protocol "grpc": headers must be an object, got a function');
  }
  const { OTLPMetricExporter, Metadata, credentials } = grpcModules();
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers ?? {})) metadata.set(name, value);
  const secure =
    typeof httpAgentOptions === "object" ? credentialsFrom(httpAgentOptions, credentials) : undefined;
  return inEnvironment(
    () =>
      new OTLPMetricExporter({
        ...others,
        ...(headers !== undefined && { metadata }),
        ...(secure !== undefined && { credentials: secure }),
      }),
  );
}

/** An optional package is not installed. */
export class MissingPackageError extends Error {
  /** Always `MissingPackageError`. */
  override readonly name = "MissingPackageError";
  /** Always `TACHYMETER_MISSING_PACKAGE`. */
  readonly code = "TACHYMETER_MISSING_PACKAGE";
}

/** The headers cannot be sent by grpc. */
export class GrpcHeadersError extends TypeError {
  /** Always `GrpcHeadersError`. */
  override readonly name = "GrpcHeadersError";
  /** Always `TACHYMETER_GRPC_HEADERS`. */
  readonly code = "TACHYMETER_GRPC_HEADERS";
}

function grpcModules(): GrpcModules {
  const require = createRequire(import.meta.url);
  try {
    const { OTLPMetricExporter }: Pick<GrpcModules, "OTLPMetricExporter"> = require(GRPC_PACKAGE);
    // The copy used by the exporter.
    const { Metadata, credentials }: Omit<GrpcModules, "OTLPMetricExporter"> = createRequire(
      require.resolve(GRPC_PACKAGE),
    )("@grpc/grpc-js");
    return { OTLPMetricExporter, Metadata, credentials };
  } catch (cause) {
    throw new MissingPackageError(
      `protocol "grpc": package ${GRPC_PACKAGE} cannot be loaded; run npm install ${GRPC_PACKAGE}`,
      { cause },
    );
  }
}

interface GrpcModules {
  readonly OTLPMetricExporter: new (
    options: UpstreamOtlpOptions & { readonly metadata?: GrpcMetadata; readonly credentials?: object },
  ) => PushMetricExporter;
  readonly Metadata: new () => GrpcMetadata;
  readonly credentials: GrpcCredentials;
}

interface GrpcCredentials {
  createFromSecureContext(
    context: SecureContext,
    verification: Pick<AgentOptions, "checkServerIdentity" | "rejectUnauthorized">,
  ): object;
}

function credentialsFrom(options: AgentOptions, credentials: GrpcCredentials): object | undefined {
  const { ca, key, cert, pfx } = options;
  // Other options, such as `rejectUnauthorized`, may stand beside a URL without TLS.
  const isOwn = [ca, key, cert, pfx].some((each) => each !== undefined);
  if ((key === undefined) !== (cert === undefined))
    throw new TypeError("a private key must be given with its certificate, and a certificate with its key");
  return isOwn ? credentials.createFromSecureContext(createSecureContext(options), options) : undefined;
}

interface GrpcMetadata {
  set(name: string, value: string): void;
}
