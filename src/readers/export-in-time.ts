// An export by upstream's interface, as a promise that ends.
import { ExportResultCode } from "@opentelemetry/core";
import type { PushMetricExporter, ResourceMetrics } from "../engine/index.ts";

/** The exporter gave no answer in time. */
export class ExportTimeoutError extends Error {
  override readonly name = "ExportTimeoutError";
}

/** The exporter said that it failed, and no more. */
export class ExportFailedError extends Error {
  override readonly name = "ExportFailedError";
}

/** Follows the export; rejects where it fails, throws, or has not ended within so many seconds. */
export function exportInTime(
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
  timeout: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new ExportTimeoutError(`no answer within ${timeout} s`)),
      timeout * 1_000,
    ).unref();
    const end = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
    };
    try {
      exporter.export(metrics, ({ code, error }) =>
        end(() => {
          if (code === ExportResultCode.SUCCESS) resolve();
          else reject(error ?? new ExportFailedError("no reason given"));
        }),
      );
    } catch (error) {
      end(() => reject(error instanceof Error ? error : new ExportFailedError(String(error))));
    }
  });
}
