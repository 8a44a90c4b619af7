// Delivery by an exporter of upstream's interface, which takes objects and tells success from failure alone.
import type { PushMetricExporter } from "../../engine/index.ts";
import { exportInTime } from "../export-in-time.ts";
import type { Send } from "./attempt.ts";
import { metricsFromRequest } from "./decode/index.ts";
import type { QueuedExporterOptions } from "./queued-exporter.ts";
import { unpack, unreadable } from "./packed.ts";

/** Has each record decoded and exported; any failure, and no answer in time, is one to be retried. */
export function sendingBy(
  exporter: PushMetricExporter,
  timeoutMillis: number,
): Pick<QueuedExporterOptions, "send" | "close" | "timeoutMillis"> {
  const send: Send = async ({ body }) => {
    const metrics = await unpack(body).then(metricsFromRequest).catch(unreadable);
    if ("kind" in metrics) return metrics;
    try {
      await exportInTime(exporter, metrics, timeoutMillis / 1_000);
      return { kind: "delivered", rejectedPoints: 0 };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { kind: "failed", errorType: name, message };
    }
  };
  return { send, close: () => exporter.shutdown(), timeoutMillis };
}
