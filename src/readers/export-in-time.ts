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

/** Follows the export; rejects where it fails, throws, or has not ended within so many seconds. */
export function exportInTime(
  exporter: PushMetricExporter,
  metrics: ResourceMetrics,
  timeout: number,
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
  return inTime(exporting, timeout);
}

/** As `work`; rejects where it has not ended within so many seconds. */
export function inTime<Result>(work: Promise<Result>, timeout: number): Promise<Result> {
  return withTimeout(work, timeout * 1_000, () => {
    throw new ExportTimeoutError(`no answer within ${timeout} s`);
  });
}
