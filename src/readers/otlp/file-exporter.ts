// OTLP as lines of JSON: a file, or standard output.
import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { ExportResult } from "@opentelemetry/core";
import type { PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import { ExportResultCode } from "../../engine/sdk-values.ts";
import { jsonRequest } from "./upstream.ts";

/** Appends one line for each collection, in OTLP's JSON encoding. The file is not rotated. */
export class OtlpFileExporter implements PushMetricExporter {
  readonly #file: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /** @param file path of the file; `undefined` for standard output. @throws Error if it cannot be written. */
  constructor(file: string | undefined) {
    this.#file = file;
    if (file !== undefined) appendFileSync(file, "");
  }

  /** Appends a collection after those before it. */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.#writing = this.#written(metrics).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: unknown) =>
        resultCallback({
          code: ExportResultCode.FAILED,
          error: error instanceof Error ? error : new Error(String(error)),
        }),
    );
  }

  /** Resolves once all collections so far are written. */
  async forceFlush(): Promise<void> {
    await this.#writing;
  }

  /** As `forceFlush`. */
  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  async #written(metrics: ResourceMetrics): Promise<void> {
    const before = this.#writing;
    const line = `${Buffer.from(jsonRequest(metrics)).toString()}\n`;
    await before;
    if (this.#file === undefined) process.stdout.write(line);
    else await appendFile(this.#file, line);
  }
}
