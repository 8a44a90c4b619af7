import { duration, type Checks, whole, withMethods } from "../options/check.ts";
import { warnOfLongInterval } from "../options/long-interval.ts";
import { parsed } from "../options/parser.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";
import { diag } from "@opentelemetry/api";
import { Backoff } from "../io/backoff.ts";
import { sleep, withTimeout } from "../io/timeout.ts";
import { EXPORTER } from "./metrics-exporter.ts";
import { retryOf } from "./multi-exporter.ts";
import type { MetricsExporter, MetricsSource } from "./metrics-exporter.ts";

/** Options of `PeriodicExporter`. */
export interface PeriodicExporterOptions {
  /**
   * Maximum number of retries of a failed export. The delays are random: at most 0.5 s before the first retry, and this
   * maximum doubles with each further one. All attempts end before the next export is due.
   *
   * @defaultValue 5
   */
  readonly retries?: number | undefined;
  /** @internal Replaces `Math.random`. */
  readonly random?: (() => number) | undefined;
}

const FIRST_RETRY_MILLIS = 500;
const LONGEST_RETRY_MILLIS = 30_000;
const STOP_SECONDS = 5;
// Share of the interval. The rest ensures that an export has ended when the next one starts.
const SHARE_FOR_EXPORT = 0.9;

/**
 * Exports the metrics of a collector at intervals. Exports never overlap. A failed export is retried; failures are
 * logged at most once a minute. Does not keep the process alive.
 *
 * @example
 * const periodic = new PeriodicExporter(new CsvExporter("metrics.csv"), collector, 30);
 * await periodic.start();
 * // … before the end, to export the last values:
 * await periodic.stop();
 */
export class PeriodicExporter {
  readonly #exporter: MetricsExporter;
  readonly #collector: MetricsSource;
  readonly #intervalMillis: number;
  readonly #retries: number;
  readonly #random: () => number;
  #timer: NodeJS.Timeout | undefined;
  #abort = new AbortController();
  #export: Promise<void> = Promise.resolve();
  #isUnfinished = false;
  // Calls of `start` and `stop`: a start that waits for the end of a stop must not undo a later stop.
  #calls = 0;
  #stopping: Promise<void> | undefined;
  #failures = 0;
  readonly #log = new RateLimit();

  /**
   * Creates the exporter. It exports nothing until `start` is called.
   *
   * @param interval seconds between two exports.
   * @throws OptionsError if an argument is invalid.
   */
  constructor(
    exporter: MetricsExporter,
    collector: MetricsSource,
    interval = 30,
    options: PeriodicExporterOptions = {},
  ) {
    const { retries = 5 } = parsed("periodic exporter", (parser) => {
      parser.checked("exporter", exporter, EXPORTER);
      parser.checked("collector", collector, COLLECTOR);
      parser.checked("interval", interval, duration);
      return parser.known("options", options, CHECKS);
    });
    this.#exporter = exporter;
    this.#collector = collector;
    warnOfLongInterval("periodic exporter: interval", interval);
    this.#intervalMillis = interval * 1000;
    this.#retries = retries;
    this.#random = options.random ?? Math.random;
  }

  /** Starts exporting, for the first time after one interval. Has no effect if it has started. */
  async start(): Promise<void> {
    const call = ++this.#calls;
    if (this.#stopping !== undefined) await this.#stopping;
    if (this.#timer !== undefined || call !== this.#calls) return;
    this.#abort = new AbortController();
    this.#timer = setInterval(() => {
      this.#export = this.#exportUntil(
        performance.now() + this.#intervalMillis * SHARE_FOR_EXPORT,
        this.#retries,
      );
    }, this.#intervalMillis);
    this.#timer.unref();
  }

  /** Stops exporting: waits for a running export, exports once more, and resolves within 5 seconds. Never rejects. */
  async stop(): Promise<void> {
    this.#calls++;
    if (this.#timer !== undefined) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#stopping = this.#exportLast().finally(() => (this.#stopping = undefined));
    }
    await this.#stopping;
  }

  async #exportLast(): Promise<void> {
    const deadlineMillis = performance.now() + STOP_SECONDS * 1000;
    this.#abort.abort();
    await exportedIn(STOP_SECONDS * 1000, this.#export).catch(() => {});
    await this.#exportUntil(deadlineMillis, 0);
  }

  async #exportUntil(deadlineMillis: number, retries: number): Promise<void> {
    const backoff = new Backoff(FIRST_RETRY_MILLIS, LONGEST_RETRY_MILLIS, this.#random);
    let run = (): Promise<void> => this.#exporter.exportMetrics(this.#collector);
    for (let retry = 0; ; retry++) {
      try {
        return await exportedIn(deadlineMillis - performance.now(), this.#exportOnce(run));
      } catch (error) {
        // The others have the metrics.
        run = retryOf(error) ?? run;
        const waitMillis = backoff.nextMillis();
        const isLast = retry >= retries || performance.now() + waitMillis >= deadlineMillis;
        if (isLast || this.#abort.signal.aborted) return this.#reportFailure(error);
        await sleep(waitMillis, this.#abort.signal);
      }
    }
  }

  async #exportOnce(run: () => Promise<void>): Promise<void> {
    if (this.#isUnfinished) throw new Error("the previous export has not finished");
    this.#isUnfinished = true;
    try {
      await run();
    } finally {
      this.#isUnfinished = false;
    }
  }

  #reportFailure(error: unknown): void {
    this.#failures++;
    if (!this.#log.tryAcquire()) return;
    diag.warn(
      `periodic exporter: ${this.#failures} exports failed since the last log; the next one runs as scheduled`,
      error,
    );
    this.#failures = 0;
  }
}

const COLLECTOR = withMethods("be a TelemetryCollector", "getSnapshot");
const CHECKS: Checks<Pick<PeriodicExporterOptions, "retries">> = { retries: whole(0, 1_000_000) };

/** Rejects after `millis`. The timer keeps the process alive, since the caller awaits the export. */
function exportedIn(millis: number, exported: Promise<void>): Promise<void> {
  const late = (): never => {
    throw new Error(`the export did not finish within ${(millis / 1000).toFixed(1)} s`);
  };
  return withTimeout(exported, millis, late, { keepsAlive: true });
}
