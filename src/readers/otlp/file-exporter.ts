// OTLP as lines of JSON: a file, or standard output.
import { appendFile, appendFileSync } from "node:fs";
import { promisify } from "node:util";
import type { ExportResult } from "@opentelemetry/core";
import type { Collection } from "../../engine/collection/collection.ts";
import { resourceMetricsFrom } from "../../engine/collection/resource-metrics.ts";
import type { ResourceMetrics } from "../../engine/index.ts";
import { ExportResultCode } from "../../engine/sdk-values.ts";
import { assertFileKind } from "../../io/files/open-file.ts";
import { endLastLineOf } from "../../io/log-files/last-line.ts";
import { ignoreErrors } from "../../io/stream-guard.ts";
import {
  type CollectionExporter,
  type CollectionSink,
  withResolvedResource,
} from "../collection-exporter.ts";
import { jsonRequest } from "./json-request.ts";

const LINE_BEGIN = '{"resourceMetrics":';

// Unlike that of `node:fs/promises`, it writes a long line by one call, which a synchronous append cannot interrupt.
const append = promisify<string, string, void>(appendFile);

/** Appends one line for each collection, in OTLP's JSON encoding. The file is not rotated. */
export class OtlpFileExporter implements CollectionExporter, CollectionSink {
  readonly ready: Promise<void> = Promise.resolve();
  readonly isDurable: boolean;
  readonly #file: string | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  // Set until an append has succeeded: the file may end with a part of a line.
  #mayBeTorn = false;
  readonly #written = new WeakSet<object>();

  /** @param file path of the file; `undefined` for standard output. @throws Error if it cannot be written. */
  constructor(file: string | undefined) {
    this.#file = file;
    this.isDurable = file !== undefined;
    if (file === undefined) return;
    assertFileKind(file);
    appendFileSync(file, "");
    endLastLineOf(file, LINE_BEGIN);
  }

  /** The exporter itself, which also takes collections in the engine's form. */
  get collectionSink(): CollectionSink {
    return this;
  }

  /** Appends a collection after those before it. */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.#append(metrics, metrics).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: unknown) =>
        resultCallback({
          code: ExportResultCode.FAILED,
          error: error instanceof Error ? error : new Error(String(error)),
        }),
    );
  }

  async exportCollection(collection: Collection): Promise<void> {
    await this.#append(resourceMetricsFrom(collection), collection);
  }

  /** A collection whose append is running is written again: the end of the process may prevent that append. */
  exportCollectionSync(collection: Collection): void {
    if (this.#written.has(collection)) return;
    const line = lineOf(resourceMetricsFrom(withResolvedResource(collection)));
    if (this.#file === undefined) void writeToStdout(line).catch(() => {});
    else {
      this.#prepare(this.#file);
      this.#mayBeTorn = true;
      appendFileSync(this.#file, line);
    }
    this.#written.add(collection);
  }

  deliverLast(): undefined {
    return undefined;
  }

  /** Resolves once all collections so far are written. */
  async forceFlush(): Promise<void> {
    await this.#writing;
  }

  /** As `forceFlush`. */
  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  async #append(metrics: ResourceMetrics, collection: object): Promise<void> {
    const line = lineOf(metrics);
    const appended = this.#writing.then(() => this.#appendNext(line, collection));
    this.#writing = appended.catch(() => {});
    await appended;
  }

  async #appendNext(line: string, collection: object): Promise<void> {
    // The end of the process may have written it already.
    if (this.#written.has(collection)) return;
    if (this.#file === undefined) await writeToStdout(line);
    else {
      this.#prepare(this.#file);
      this.#mayBeTorn = true;
      await append(this.#file, line);
      this.#mayBeTorn = false;
    }
    this.#written.add(collection);
  }

  #prepare(file: string): void {
    // Opening a FIFO would block.
    assertFileKind(file);
    if (this.#mayBeTorn) endLastLineOf(file, LINE_BEGIN);
  }
}

function lineOf(metrics: ResourceMetrics): string {
  return `${Buffer.from(jsonRequest(metrics)).toString()}\n`;
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
