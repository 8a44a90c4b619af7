// Exports as promises that end.
import { ExportResultCode } from "../engine/sdk-values.ts";
import { withTimeout } from "../io/timeout.ts";
import type { PushMetricExporter, ResourceMetrics } from "../engine/index.ts";

/** The exporter gave no answer in time. */
export class ExportTimeoutError extends Error {
  override readonly name = "ExportTimeoutError";
}

/** The exporter said that it failed, and no more. */
export class ExportFailedError extends Error {
  override readonly name = "ExportFailedError";
}

/** Follows the export; rejects if it fails, throws, or has not ended in time. */
export function exportInTime(
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
  timeoutMillis: number,
): Promise<void> {
  const exporting = new Promise<void>((resolve, reject) => {
    try {
      exporter.export(metrics, ({ code, error }) => {
        if (code === ExportResultCode.SUCCESS) resolve();
        else reject(error ?? new ExportFailedError("no reason given"));
      });
    } catch (error) {
      reject(error instanceof Error ? error : new ExportFailedError(String(error)));
    }
  });
  return inTime(exporting, timeoutMillis);
}

/** As `work`; rejects if it has not ended in time. */
export function inTime<Result>(work: Promise<Result>, timeoutMillis: number): Promise<Result> {
  return withTimeout(work, timeoutMillis, () => {
    throw new ExportTimeoutError(`no answer within ${timeoutMillis / 1_000} s`);
  });
}
