// Reader `json`: the document of every collection, to a file, a URL or both.
import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { Collection } from "../../engine/collection/collection.ts";
import { resourceMetricsFrom } from "../../engine/collection/resource-metrics.ts";
import type { PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import type { Snapshot } from "../../facades/snapshot.ts";
import { assertWritable } from "../files/assert-writable.ts";
import { fileErrorFrom } from "../files/file-error.ts";
import { replaceFile, replaceFileSync } from "../files/replace-file.ts";
import { documentText } from "./document.ts";
import { assertJsonOptions, type JsonSnapshotOptions } from "./options.ts";
import { postDocument } from "./post-document.ts";
import { snapshotMetrics } from "../series/snapshot.ts";

// One is being written, one waits. More would mean that writing is slower than collecting, for good.
const MAX_PENDING = 2;

/**
 * Writes each collection as the JSON document that `JSONExporter` writes. Writes never overlap; where the file or the
 * URL fails, the other still gets its document, and the export is told to have failed.
 *
 * @throws JsonOptionsError, FileError at once, where options cannot be used or the file cannot be written.
 */
export class JsonSnapshotExporter implements PushMetricExporter {
  readonly #options: JsonSnapshotOptions;
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #isShutDown = false;

  constructor(options: JsonSnapshotOptions) {
    assertJsonOptions(options);
    if (options.file !== undefined) assertWritable(options.file);
    this.#options = options;
  }

  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      resultCallback({ code: ExportResultCode.FAILED, error: new Error(`json reader: ${refusal}`) });
      return;
    }
    const snapshot = this.#snapshotOf(metrics);
    this.#pending++;
    this.#last = this.#last
      .then(() => this.#write(snapshot))
      .then(
        (): ExportResult => ({ code: ExportResultCode.SUCCESS }),
        (error: Error): ExportResult => ({ code: ExportResultCode.FAILED, error }),
      )
      .then((result) => {
        this.#pending--;
        resultCallback(result);
      });
  }

  /**
   * Writes the collection to the file before it returns, for the end of a process; a URL gets nothing any more.
   *
   * @throws FileError where the file cannot be written.
   */
  exportCollectionSync(collection: Collection): void {
    const { file, format } = this.#options;
    if (file === undefined) return;
    const snapshot = this.#snapshotOf(resourceMetricsFrom(collection));
    if (format !== "ndjson") return replaceFileSync(file, documentText(snapshot, 2));
    try {
      appendFileSync(file, documentText(snapshot, 0));
    } catch (cause) {
      throw fileErrorFrom(file, cause);
    }
  }

  /** Resolves when everything that was exported before is written, or has failed. */
  async forceFlush(): Promise<void> {
    await this.#last;
  }

  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.#last;
  }

  #refusal(): string | undefined {
    if (this.#isShutDown) return "it was shut down before this export";
    return this.#pending >= MAX_PENDING ? "the exports before this one are not written yet" : undefined;
  }

  #snapshotOf(metrics: ResourceMetrics): Snapshot {
    return {
      timestamp: Date.now() / 1_000,
      metrics: snapshotMetrics(metrics),
      events_count: this.#options.eventsCount(),
      running: this.#options.running(),
    };
  }

  async #write(snapshot: Snapshot): Promise<void> {
    const { file, url, format } = this.#options;
    const results = await Promise.allSettled([
      file !== undefined && writeTo(file, format ?? "document", snapshot),
      url !== undefined && postDocument(url, documentText(snapshot, 0)),
    ]);
    const reasons = results.flatMap((result): unknown[] =>
      result.status === "rejected" ? [result.reason] : [],
    );
    if (reasons.length > 1)
      throw new AggregateError(reasons, reasons.map((reason) => messageOf(reason)).join("; "));
    if (reasons.length === 1) throw reasons[0];
  }
}

async function writeTo(file: string, format: "document" | "ndjson", snapshot: Snapshot): Promise<void> {
  if (format === "document") return replaceFile(file, documentText(snapshot, 2));
  try {
    await appendFile(file, documentText(snapshot, 0));
  } catch (cause) {
    throw fileErrorFrom(file, cause);
  }
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
