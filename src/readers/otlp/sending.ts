import type { PushMetricExporter } from "../../engine/index.ts";
import { exportInTime } from "../export-in-time.ts";
import { componentOfType } from "../exporter-metrics.ts";
import { metricsFromRequest } from "./decode/index.ts";
import { HttpSender, httpTarget, serverOf } from "./http-sender.ts";
import type { OtlpExporterOptions } from "./options.ts";
import { unpack, unreadable } from "./packed.ts";
import type { QueuedExporterOptions } from "./queued-exporter.ts";
import { timeoutOfEnvironment, type UpstreamOtlpOptions } from "./upstream.ts";
import { upstreamExporter } from "./upstream-exporter.ts";

/** A way to send records, and its name. */
export type Sending = Pick<
  QueuedExporterOptions,
  "name" | "component" | "send" | "remoteTarget" | "close" | "timeoutMillis"
>;

// OTLP's default for a request.
const DEFAULT_TIMEOUT_MILLIS = 10_000;

const COMPONENT_TYPES = {
  "http/json": "otlp_http_json_metric_exporter",
  grpc: "otlp_grpc_metric_exporter",
} as const;

/**
 * The sending by options and OpenTelemetry's variables: our own for `http/protobuf`, otherwise upstream's exporters.
 *
 * @throws MissingPackageError if the package of protocol `grpc` is not installed.
 */
export function sendingOf(
  protocol: NonNullable<OtlpExporterOptions["protocol"]>,
  options: UpstreamOtlpOptions,
): Sending {
  if (protocol !== "http/protobuf") {
    const { timeoutMillis = timeoutOfEnvironment() ?? DEFAULT_TIMEOUT_MILLIS } = options;
    return {
      ...sendingBy(upstreamExporter(protocol, options), timeoutMillis),
      // Without the URL, which may be one of grpc's own: without a scheme.
      name: `otlp exporter of protocol "${protocol}"`,
      component: componentOfType(COMPONENT_TYPES[protocol]),
    };
  }
  const target = httpTarget(options);
  const sender = new HttpSender(target);
  return {
    name: `otlp exporter "${target.shownUrl}"`,
    component: componentOfType("otlp_http_metric_exporter", serverOf(target.url)),
    send: ({ body }, signal) => sender.send(body, signal),
    remoteTarget: options,
    close: () => sender.close(),
    timeoutMillis: target.timeoutMillis,
  };
}

/**
 * Sending by an exporter of upstream's interface, which takes objects and tells success from failure alone: each failure
 * and each time-out is retried.
 */
export function sendingBy(
  exporter: PushMetricExporter,
  timeoutMillis: number,
): Pick<Sending, "send" | "close" | "timeoutMillis"> {
  return {
    send: async ({ body }) => {
      const metrics = await unpack(body).then(metricsFromRequest).catch(unreadable);
      if ("kind" in metrics) return metrics;
      try {
        await exportInTime(exporter, metrics, timeoutMillis);
        return { kind: "delivered", rejectedPoints: 0 };
      } catch (error) {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        return { kind: "failed", errorType: name, message };
      }
    },
    close: () => exporter.shutdown(),
    timeoutMillis,
  };
}
