import { readTextSync } from "../../io/files/open-file.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { ExportResult } from "@opentelemetry/core";
import { ExportResultCode } from "../../engine/sdk-values.ts";
import type { Collection } from "../../engine/collection/collection.ts";
import { collectionFromMetrics } from "../../engine/collection/collection-from-metrics.ts";
import type { PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import type { Snapshot } from "../../translation/snapshot-document.ts";
import type { CollectionSink } from "../collection-exporter.ts";
import { assertWritable, removeAbandoned, replaceFile, replaceFileSync } from "../../io/files/replace.ts";
import { snapshotEntries } from "../../translation/snapshot.ts";
import { withTimeout } from "../../io/timeout.ts";
import { inSlices } from "../../io/yield.ts";
import { JSON_TARGET, type JsonSnapshotExporterOptions, type JsonTarget } from "../../options/json.ts";
import { type DocumentFrame, documentSteps, documentText } from "./document.ts";
import { SeriesLog } from "./series-log.ts";
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { showUrl } from "../../diagnostics/show.ts";
import { exchange, type HttpAnswer } from "../../io/http/exchange.ts";
import { throughProxy } from "../../io/http/proxy.ts";

/** Values of the documents beside the metrics. */
interface DocumentFigures {
  /** Returns the document's `events_count`: events recorded and accepted since the start. */
  readonly eventsCount: () => number;
  /** Returns the document's `running`: whether periodic collection runs. */
  readonly running: () => boolean;
}

// Without `start()`.
const ALONE: DocumentFigures = { eventsCount: () => 0, running: () => true };

// One is being written, one waits. If more were pending, writing would be slower than collecting.
const MAX_PENDING = 2;
const FILE_INDENT = 2;
const URL_INDENT = 0;

/**
 * Writes each collection in slices, as a document to a file, a URL or both, or as lines to a file that is rotated. The
 * document is that of `JSONExporter`. Writes never overlap. If the file or the URL fails, the other still gets its
 * document, and the export fails.
 *
 * @throws OptionsError with all invalid options.
 * @throws FileError if the file cannot be written.
 *
 * @example
 * const exporter = new JsonSnapshotExporter({ file: "metrics.json" });
 */
export class JsonSnapshotExporter implements PushMetricExporter {
  /** @internal */
  readonly ready: Promise<void> = Promise.resolve();
  readonly #target: JsonTarget;
  readonly #figures: DocumentFigures;
  readonly #log: SeriesLog | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;
  // Timestamps of the latest two documents: the process may end before the latest one has replaced the file.
  #written: readonly number[] = [];
  #deadline = 0;
  #requests = new AbortController();
  #isShutDown = false;

  constructor(options?: JsonSnapshotExporterOptions);
  /** @internal */
  constructor(options: JsonSnapshotExporterOptions, figures: DocumentFigures);
  constructor(options: JsonSnapshotExporterOptions = {}, figures = ALONE) {
    this.#target = JSON_TARGET.settings(options);
    this.#figures = figures;
    const { file, lines } = this.#target;
    if (file !== undefined) {
      assertWritable(file);
      tidyBeside(file);
    }
    this.#log = file !== undefined && lines !== undefined ? new SeriesLog({ ...lines, file }) : undefined;
  }

  /** @internal The exporter itself, which also takes collections in the engine's form. */
  get collectionSink(): CollectionSink {
    return this;
  }

  /** @internal */
  get isDurable(): boolean {
    return this.#target.file !== undefined;
  }

  /** Writes metrics, and calls `resultCallback` with success or the error. */
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void {
    this.exportCollection(collectionFromMetrics(metrics)).then(
      () => resultCallback({ code: ExportResultCode.SUCCESS }),
      (error: Error) => resultCallback({ code: ExportResultCode.FAILED, error }),
    );
  }

  /** @internal The collection must stay valid until it is written. */
  async exportCollection(collection: Collection): Promise<void> {
    if (this.#isShutDown) throw new Error("json reader: shut down before this export");
    if (this.#log !== undefined) return this.#noted(this.#log.write(collection));
    if (this.#pending >= MAX_PENDING)
      throw new Error("json reader: the previous exports are still being written");
    const frame = this.#frame();
    this.#pending++;
    const writing = this.#last.then(() => this.#write(collection, frame)).finally(() => this.#pending--);
    return this.#inTime(this.#noted(writing));
  }

  // A flush waits for it.
  #noted(writing: Promise<void>): Promise<void> {
    this.#last = writing.catch(() => {});
    this.#deadline = performance.now() + TIMEOUT_MILLIS;
    return writing;
  }

  /**
   * @internal Writes the collection to the file synchronously; sends nothing to a URL. Metrics with asynchronous callbacks are not
   * in the collection, and keep the values of the previous document.
   *
   * @throws FileError if the file cannot be written.
   */
  exportCollectionSync(collection: Collection): void {
    const { file } = this.#target;
    if (this.#log !== undefined) this.#log.writeNow(collection);
    else if (file !== undefined) {
      const shown = Object.fromEntries(snapshotEntries(collection));
      const metrics = { ...writtenMetrics(file, this.#written), ...shown };
      const frame = this.#frame();
      replaceFileSync(file, documentText({ ...frame, metrics }, FILE_INDENT));
      this.#written = [frame.timestamp];
    }
  }

  /** @internal Aborts requests after `limitMillis`: they would keep the process alive. */
  endBegins(limitMillis: number): void {
    const giveUp = (): void => {
      this.#requests.abort();
      this.#requests = new AbortController();
    };
    setTimeout(giveUp, limitMillis).unref();
  }

  /** @internal */
  deliverLast(): undefined {
    return undefined;
  }

  /** Resolves once all earlier exports are written or have failed, at most 10 s after the latest export. */
  async forceFlush(): Promise<void> {
    await this.#inTime(this.#last).catch(() => {});
  }

  /** Waits for running writes and ends; further exports fail. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    await this.forceFlush();
    this.#log?.close();
  }

  // Limits a flush and the shutdown to the time-out of an export, also if a server never responds.
  #inTime<Result>(work: Promise<Result>): Promise<Result> {
    const late = (): never => {
      throw new Error(`json reader: not written within ${TIMEOUT_MILLIS / 1_000} s`);
    };
    return withTimeout(work, this.#deadline - performance.now(), late, { keepsAlive: true });
  }

  #frame(): DocumentFrame {
    return {
      timestamp: Date.now() / 1_000,
      events_count: this.#figures.eventsCount(),
      running: this.#figures.running(),
    };
  }

  async #write(collection: Collection, frame: DocumentFrame): Promise<void> {
    const { file, url } = this.#target;
    const indents = [
      ...(file === undefined ? [] : [FILE_INDENT]),
      ...(url === undefined ? [] : [URL_INDENT]),
    ];
    const documents = await inSlices(documentSteps(collection, frame, indents));
    this.#written = [...this.#written.slice(-1), frame.timestamp];
    const results = await Promise.allSettled([
      file !== undefined && replaceFile(file, documents[0]!),
      url !== undefined && postDocument(url, documents.at(-1)!, this.#requests.signal),
    ]);
    const reasons = results.flatMap((result): unknown[] =>
      result.status === "rejected" ? [result.reason] : [],
    );
    if (reasons.length > 1)
      throw new AggregateError(reasons, reasons.map((reason) => errorMessage(reason)).join("; "));
    if (reasons.length === 1) throw reasons[0];
  }
}

// Metrics of the previous document; empty if it cannot be read, or is that of another process.
function writtenMetrics(file: string, timestamps: readonly number[]): Snapshot["metrics"] {
  if (timestamps.length === 0) return {};
  try {
    const document: Snapshot = JSON.parse(readTextSync(file));
    return timestamps.includes(document.timestamp) ? document.metrics : {};
  } catch {
    return {};
  }
}

function tidyBeside(file: string): void {
  try {
    removeAbandoned(dirname(realpathSync(file)));
  } catch {
    // The file does not exist yet, or its folder cannot be listed.
  }
}

const TIMEOUT_MILLIS = 10_000;

/** The document did not reach its URL, or was refused. */
class PostError extends Error {
  override readonly name = "PostError";
  readonly code = "TACHYMETER_POST";
}

/**
 * Sends JSON text, in pieces, by POST, and waits until it is accepted, at most 10 s or until `signal` is aborted. Follows
 * no redirect, because its target was not configured by the user.
 *
 * @throws PostError (rejection).
 */
async function postDocument(
  url: string,
  document: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  const { status } = await answerTo(new URL(url), document, signal);
  if (status < 200 || status >= 300)
    throw new PostError(`json reader "${showUrl(url)}": the server responded with ${status}; see its log`);
}

async function answerTo(url: URL, body: readonly Uint8Array[], signal: AbortSignal): Promise<HttpAnswer> {
  try {
    return await exchange({
      url,
      headers: { "Content-Type": "application/json" },
      body,
      // Documents are a minute apart: servers close an idle connection earlier.
      agent: throughProxy(url.protocol === "https:" ? new SecureAgent() : new Agent(), url),
      timeoutMillis: TIMEOUT_MILLIS,
      signal,
    });
  } catch (cause) {
    throw new PostError(
      `json reader "${showUrl(url)}": no response (${errorMessage(cause)}); check that a server listens there`,
      { cause },
    );
  }
}
