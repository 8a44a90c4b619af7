import { withTimeout } from "../io/timeout.ts";
import { check, duration, type Checks } from "../options/check.ts";
import { parsed } from "../options/parser.ts";
import { EXPORTER } from "./metrics-exporter.ts";
import { MetricsExporter, type MetricsSource } from "./metrics-exporter.ts";

/** What a `MultiExporter` takes beside its exporters. */
export interface MultiExporterOptions {
  /** Seconds after which an exporter has failed; it is not called again until it has finished. @defaultValue 10 */
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

  /** @throws OptionsError where there is no list of exporters, or `timeout` is no number above 0. */
  constructor(exporters: readonly MetricsExporter[], options: MultiExporterOptions = {}) {
    super();
    const { timeout = 10 } = parsed("multi exporter", (parser) => {
      parser.checked("exporters", exporters, EXPORTERS);
      return parser.known("options", options, CHECKS);
    });
    this.#exporters = [...new Set(exporters)];
    this.#timeoutSeconds = timeout;
  }

  /** Has all exporters export. @throws MultiExportError once all have ended or timed out, if some failed. */
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

const CHECKS: Checks<MultiExporterOptions> = { timeout: duration };
const EXPORTERS = check(
  "be a list of objects with a method exportMetrics",
  (given): given is readonly MetricsExporter[] =>
    Array.isArray(given) && given.every((each) => EXPORTER.read(each) !== undefined),
);
