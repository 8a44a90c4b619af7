// Several formats or destinations at once.
import { show } from "../diagnostics/show.ts";
import { withTimeout } from "../io/timeout.ts";
import { checkedSeconds, ExporterOptionsError, isExporter } from "./exporter-options.ts";
import { MetricsExporter, type MetricsSource } from "./metrics-exporter.ts";

/** What a `MultiExporter` takes beside its exporters. */
export interface MultiExporterOptions {
  /**
   * Seconds after which an exporter that has not finished counts as failed. It is not called again before it has.
   *
   * @defaultValue 10
   */
  readonly timeout?: number | undefined;
}

/** Rejects `MultiExporter.exportMetrics` where some exporters failed; `errors` holds why, one for each. */
export class MultiExportError extends AggregateError {
  override readonly name = "MultiExportError";
  readonly code = "TACHYMETER_MULTI_EXPORT";
}

/**
 * Exports to several exporters at the same time. One that fails, or never finishes, neither stops nor holds up the
 * others for longer than the time-out.
 *
 * @example
 * const both = new MultiExporter([new CsvExporter("metrics.csv"), new LineExporter()]);
 * await both.exportMetrics(collector);
 */
export class MultiExporter extends MetricsExporter {
  readonly #exporters: readonly MetricsExporter[];
  readonly #timeoutSeconds: number;
  // Their time is up, but they run on.
  readonly #overdue = new Set<MetricsExporter>();

  /** @throws ExporterOptionsError where there is no list of exporters, or `timeout` is no number above 0. */
  constructor(exporters: readonly MetricsExporter[], options: MultiExporterOptions = {}) {
    super();
    if (!Array.isArray(exporters) || !exporters.every(isExporter)) {
      throw new ExporterOptionsError(
        `multi exporter: its exporters are ${show(exporters)}; give a list of objects with a method exportMetrics`,
      );
    }
    this.#exporters = [...new Set(exporters)];
    this.#timeoutSeconds = checkedSeconds("multi exporter", "timeout", options.timeout ?? 10);
  }

  /**
   * Has all exporters export.
   *
   * @throws MultiExportError once all are done, or their time is up, where some failed.
   */
  override async exportMetrics(source: MetricsSource): Promise<void> {
    const results = await Promise.allSettled(
      this.#exporters.map((exporter) => this.#exportTo(exporter, source)),
    );
    const errors = results.flatMap((result): unknown[] =>
      result.status === "rejected" ? [result.reason] : [],
    );
    if (errors.length > 0) {
      throw new MultiExportError(
        errors,
        `multi exporter: ${errors.length} of ${results.length} exporters failed; see errors for why`,
      );
    }
  }

  async #exportTo(exporter: MetricsExporter, source: MetricsSource): Promise<void> {
    const name = `exporter "${exporter.constructor.name}"`;
    if (this.#overdue.has(exporter)) throw new Error(`${name} still has not finished an earlier export`);
    const late = (): never => {
      this.#overdue.add(exporter);
      throw new Error(`${name} did not finish within ${this.#timeoutSeconds.toFixed(1)} s`);
    };
    const exported = this.#exportBy(exporter, source);
    await withTimeout(exported, this.#timeoutSeconds * 1000, late, { keepsAlive: true });
  }

  async #exportBy(exporter: MetricsExporter, source: MetricsSource): Promise<void> {
    try {
      await exporter.exportMetrics(source);
    } finally {
      this.#overdue.delete(exporter);
    }
  }
}
