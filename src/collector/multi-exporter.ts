import { withTimeout } from "../io/timeout.ts";
import { check, duration, type Checks } from "../options/check.ts";
import { parsed } from "../options/parser.ts";
import { EXPORTER } from "./metrics-exporter.ts";
import { MetricsExporter, type MetricsSource } from "./metrics-exporter.ts";

/** Options of `MultiExporter`. */
export interface MultiExporterOptions {
  /**
   * Seconds after which an exporter counts as failed. It is called again only after it has finished.
   *
   * @defaultValue 10
   */
  readonly timeout?: number | undefined;
}

/** Rejection of `MultiExporter.exportMetrics` if some exporters failed; `errors` has one error for each of them. */
export class MultiExportError extends AggregateError {
  /** Always `MultiExportError`. */
  override readonly name = "MultiExportError";
  /** Always `TACHYMETER_MULTI_EXPORT`. */
  readonly code = "TACHYMETER_MULTI_EXPORT";
}

/**
 * Exports to several exporters concurrently. An exporter that fails does not stop the others, and one that never
 * finishes delays them at most until the time-out.
 *
 * @example
 * const both = new MultiExporter([new CsvExporter("metrics.csv"), new LineExporter()]);
 * await both.exportMetrics(collector);
 */
export class MultiExporter extends MetricsExporter {
  readonly #exporters: readonly MetricsExporter[];
  readonly #timeoutSeconds: number;
  // Exporters that timed out but are still running.
  readonly #overdue = new Set<MetricsExporter>();

  /**
   * Creates the exporter.
   *
   * @throws OptionsError if `exporters` is not a list of exporters, or `timeout` not a number above 0.
   */
  constructor(exporters: readonly MetricsExporter[], options: MultiExporterOptions = {}) {
    super();
    const { timeout = 10 } = parsed("multi exporter", (parser) => {
      parser.checked("exporters", exporters, EXPORTERS);
      return parser.known("options", options, CHECKS);
    });
    this.#exporters = [...new Set(exporters)];
    this.#timeoutSeconds = timeout;
  }

  /**
   * Runs all exporters, and resolves once all have finished.
   *
   * @throws MultiExportError once all have finished or timed out, if some failed.
   */
  override exportMetrics(source: MetricsSource): Promise<void> {
    return this.#exportAll(
      this.#exporters.map((exporter) => ({ exporter, run: async () => exporter.exportMetrics(source) })),
    );
  }

  async #exportAll(attempts: readonly Attempt[]): Promise<void> {
    const results = await Promise.allSettled(attempts.map((attempt) => this.#inTime(attempt)));
    const errors: unknown[] = [];
    const failed = attempts.filter((_, i) => {
      const result = results[i];
      if (result?.status === "rejected") errors.push(result.reason);
      return result?.status === "rejected";
    });
    if (failed.length === 0) return;
    const error = new MultiExportError(
      errors,
      `multi exporter: ${failed.length} of ${results.length} exporters failed; see errors for why`,
    );
    const again = failed.map(({ exporter, run }, i) => ({ exporter, run: retryOf(errors[i]) ?? run }));
    retries.set(error, () => this.#exportAll(again));
    throw error;
  }

  async #inTime({ exporter, run }: Attempt): Promise<void> {
    const name = `exporter "${exporter.constructor.name}"`;
    if (this.#overdue.has(exporter)) throw new Error(`${name} still has not finished an earlier export`);
    const late = (): never => {
      this.#overdue.add(exporter);
      throw new Error(`${name} did not finish within ${this.#timeoutSeconds.toFixed(1)} s`);
    };
    const exported = run().finally(() => this.#overdue.delete(exporter));
    await withTimeout(exported, this.#timeoutSeconds * 1000, late, { keepsAlive: true });
  }
}

interface Attempt {
  readonly exporter: MetricsExporter;
  readonly run: () => Promise<void>;
}

const retries = new WeakMap<object, () => Promise<void>>();

/** Repeats the parts of an export that failed; `undefined` if `error` is not that of several exporters. */
export function retryOf(error: unknown): (() => Promise<void>) | undefined {
  return error instanceof MultiExportError ? retries.get(error) : undefined;
}

const CHECKS: Checks<MultiExporterOptions> = { timeout: duration };
const EXPORTERS = check(
  "be a list of objects with a method exportMetrics",
  (given): given is readonly MetricsExporter[] =>
    Array.isArray(given) && given.every((each) => EXPORTER.read(each) !== undefined),
);
