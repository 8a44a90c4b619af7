import { duration, type Checks, whole, withMethods } from "../options/check.ts";
import { parsed } from "../options/parser.ts";
import { RateLimit } from "../diagnostics/rate-limit.ts";
import { diag } from "@opentelemetry/api";
import { Backoff } from "../io/backoff.ts";
import { sleep, withTimeout } from "../io/timeout.ts";
import { EXPORTER } from "./metrics-exporter.ts";
import type { MetricsExporter, MetricsSource } from "./metrics-exporter.ts";

/** What a `PeriodicExporter` takes beside exporter, collector and interval. */
export interface PeriodicExporterOptions {
  /**
   * How often a failed export is tried again before the next one is due: after up to 0.5 s, then after up to twice as
   * long each time, at random. All tries of one export end before the next one is due.
   *
   * @defaultValue 5
   */
  readonly retries?: number | undefined;
  /** @internal In place of `Math.random`. */
  readonly random?: (() => number) | undefined;
}

const FIRST_RETRY_MILLIS = 500;
const LONGEST_RETRY_MILLIS = 30_000;
const STOP_SECONDS = 5;
// Of the interval; what is left makes sure that an export has ended when the next one begins.
const SHARE_FOR_EXPORT = 0.9;

/**
 * Has an exporter export what a collector holds, again and again. Exports never overlap; one that fails is tried again,
 * and logged at most once a minute. Does not keep the process alive.
 *
 * @example
 * const periodic = new PeriodicExporter(new CsvExporter("metrics.csv"), collector, 30);
 * await periodic.start();
 * // … at the end, so that the last figures are out:
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
  #stopping: Promise<void> | undefined;
  #failures = 0;
  readonly #log = new RateLimit();

  /** @param interval seconds between two exports. @throws OptionsError if an argument is wrong. */
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
    this.#intervalMillis = interval * 1000;
    this.#retries = retries;
    this.#random = options.random ?? Math.random;
  }

  /** Begins to export, for the first time after one interval. Does nothing where it has begun already. */
  async start(): Promise<void> {
    if (this.#stopping !== undefined) await this.#stopping;
    if (this.#timer !== undefined) return;
    this.#abort = new AbortController();
    this.#timer = setInterval(() => {
      this.#export = this.#exportUntil(
        performance.now() + this.#intervalMillis * SHARE_FOR_EXPORT,
        this.#retries,
      );
    }, this.#intervalMillis);
    this.#timer.unref();
  }

  /** Ends it: waits for a running export, exports once more, and resolves within 5 seconds. Never rejects. */
  async stop(): Promise<void> {
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
    for (let retry = 0; ; retry++) {
      try {
        return await exportedIn(deadlineMillis - performance.now(), this.#exportOnce());
      } catch (error) {
        const waitMillis = backoff.nextMillis();
        const isLast = retry >= retries || performance.now() + waitMillis >= deadlineMillis;
        if (isLast || this.#abort.signal.aborted) return this.#reportFailure(error);
        await sleep(waitMillis, this.#abort.signal);
      }
    }
  }

  async #exportOnce(): Promise<void> {
    if (this.#isUnfinished) throw new Error("the export before has not finished");
    this.#isUnfinished = true;
    try {
      await this.#exporter.exportMetrics(this.#collector);
    } finally {
      this.#isUnfinished = false;
    }
  }

  #reportFailure(error: unknown): void {
    this.#failures++;
    if (!this.#log.tryAcquire()) return;
    diag.warn(
      `periodic exporter: ${this.#failures} exports failed since this was last logged; the next one is tried in its time`,
      error,
    );
    this.#failures = 0;
  }
}

const COLLECTOR = withMethods("be a TelemetryCollector", "getSnapshot");
const CHECKS: Checks<Pick<PeriodicExporterOptions, "retries">> = { retries: whole(0, 1_000_000) };

/** Rejects after `millis`. The caller waits for it, so the timer keeps the process alive. */
function exportedIn(millis: number, exported: Promise<void>): Promise<void> {
  const late = (): never => {
    throw new Error(`the export did not finish within ${(millis / 1000).toFixed(1)} s`);
  };
  return withTimeout(exported, millis, late, { keepsAlive: true });
}
