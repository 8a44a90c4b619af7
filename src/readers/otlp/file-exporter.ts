// OTLP as lines of JSON: a file, or standard output.
import { appendFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { ExportResult } from "@opentelemetry/core";
import type { PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import { ExportResultCode } from "../../engine/sdk-values.ts";
import { endLastLineOf } from "../../io/log-files/last-line.ts";
import { ignoreErrors } from "../../io/stream-guard.ts";
import { jsonRequest } from "./json-request.ts";

const LINE_BEGIN = '{"resourceMetrics":';

/** Appends one line for each collection, in OTLP's JSON encoding. The file is not rotated. */
export class OtlpFileExporter implements PushMetricExporter {
  readonly #file: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /** @param file path of the file; `undefined` for standard output. @throws Error if it cannot be written. */
  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined) return;
    appendFileSync(file, "");
    endLastLineOf(file, LINE_BEGIN);
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
    if (this.#file === undefined) await writeToStdout(line);
    else await appendFile(this.#file, line);
  }
}

function writeToStdout(line: string): Promise<void> {
  const { stdout } = process;
  const release = ignoreErrors(stdout);
  return new Promise((resolve, reject) => {
    stdout.write(line, (error) => {
      release();
      if (error) reject(error);
      else resolve();
    });
  });
}
