// The running SDK, returned by `start()`.
import type { Resource } from "@opentelemetry/resources";
import type { Alerts } from "../alerts/alerts.ts";
import { OptionsError, LOG_LEVELS, type LogLevel } from "../options/index.ts";
import type { Snapshot } from "../facades/index.ts";
import type { Group } from "../group/view.ts";
import type { History } from "../history/index.ts";
import type { ExpressionOptions, ExpressionRangeOptions } from "../query/expression-options.ts";
import type { QueryResult } from "../query/result.ts";
import type { SampleSeries, Selection, Source } from "../query/source.ts";
import { Facades, type MadeFacades } from "./facades.ts";
import type { SdkMeterProvider } from "./options.ts";
import type { Queries } from "./queries.ts";
import type { Reload, ReloadResult } from "./reload.ts";
import type { RunningAlerts } from "./running-alerts.ts";
import type { RunningExports } from "./running-exports.ts";
import type { RunningPages } from "./running-pages.ts";
import type { SettingsInUse } from "./settings-in-use.ts";
import { setLogLevel } from "./stderr-logger.ts";

export type { Group, GroupMember } from "../group/view.ts";
export type { ExpressionOptions, ExpressionRangeOptions } from "../query/expression-options.ts";
export type { ReloadResult } from "./reload.ts";

/** The parts of a running SDK. @internal */
export interface TachymeterParts {
  readonly facades: MadeFacades;
  readonly ready: Promise<void>;
  readonly meterProvider: SdkMeterProvider;
  readonly resource: Resource;
  readonly group: Group;
  readonly inUse: SettingsInUse;
  readonly exports: RunningExports;
  readonly queries: Queries;
  readonly alerts: RunningAlerts;
  readonly pages: RunningPages;
  readonly reload: Reload;
  readonly forceFlush: () => Promise<void>;
  readonly shutdown: () => Promise<void>;
}

/**
 * The running SDK: its meter provider, its facades and its shutdown. Only `start()` makes one.
 *
 * @example
 * await using telemetry = start();
 * telemetry.messaging.sent("jobs");
 */
export class Tachymeter extends Facades implements AsyncDisposable, Source {
  /**
   * Resolves once all readers are ready. Rejects with an AggregateError of failures such as a port in use. They are
   * also logged, and never become an unhandled rejection. The other readers continue.
   */
  readonly ready: Promise<void>;
  /** Meter provider of the facades and instrumentations. */
  readonly meterProvider: SdkMeterProvider;
  /** Resource of all metrics: its attributes describe the process. */
  readonly resource: Resource;
  /** The threads and processes whose metrics are exported together. */
  readonly group: Group;
  readonly #parts: TachymeterParts;
  #logLevel: { readonly level: LogLevel; readonly over: LogLevel } | undefined;
  #ended: Promise<void> | undefined;

  private constructor(parts: TachymeterParts) {
    super(parts.facades);
    this.ready = parts.ready;
    this.meterProvider = parts.meterProvider;
    this.resource = parts.resource;
    this.group = parts.group;
    this.#parts = parts;
  }

  /** @internal */
  static of(parts: TachymeterParts): Tachymeter {
    return new Tachymeter(parts);
  }

  /**
   * The metrics and events stored on this machine. `undefined` without option `history` and `TACHYMETER_HISTORY`, and in
   * a process of a group that does not export the metrics.
   */
  get history(): History | undefined {
    return this.#parts.exports.current.history?.history;
  }

  /**
   * The alerts: active ones, rules, silences, listeners. `undefined` without option `alerts` and `TACHYMETER_ALERTS`. A
   * process of a group that does not export has no active alerts; its listeners are called once it exports.
   */
  get alerts(): Alerts | undefined {
    return this.#parts.alerts.current;
  }

  /** The URL for Prometheus to scrape; `undefined` until the endpoint listens: see `ready`. */
  get prometheusUrl(): string | undefined {
    return this.#parts.exports.url;
  }

  /**
   * The URL of the live page for a browser; `undefined` without option `page`, and until the endpoint listens: see
   * `ready`. If the endpoint asks for a token or a password, each read returns a new link. It is valid once, for an
   * hour, and begins a session of twelve hours.
   */
  get pageUrl(): string | undefined {
    return this.#parts.pages.url;
  }

  /**
   * The level from which the telemetry's own diagnostics are logged. May be changed at any time. A logger that the
   * application set with `diag.setLogger` keeps its own level.
   *
   * @throws OptionsError if it is set to an unknown level.
   *
   * @example
   * telemetry.logLevel = "debug";
   */
  get logLevel(): LogLevel {
    const configured = this.#parts.inUse.configuration.logLevel;
    // A reload that changes the level overrides what the application has set before.
    return this.#logLevel?.over === configured ? this.#logLevel.level : configured;
  }

  /** Changes the level. @throws OptionsError if it is unknown. */
  set logLevel(level: LogLevel) {
    if (!LOG_LEVELS.includes(level)) {
      throw new OptionsError("configuration of tachymeter", [
        { name: "logLevel", value: level, must: `be one of ${LOG_LEVELS.join(", ")}` },
      ]);
    }
    setLogLevel(level);
    this.#logLevel = { level, over: this.#parts.inUse.configuration.logLevel };
  }

  /**
   * Evaluates a PromQL expression over the last hour in memory and, if there is a history, over what it has stored. Names
   * and labels are those that Prometheus scrapes. The first query begins to keep the last hour: it sees one collection.
   *
   * @throws QueryError (rejection) if the expression is invalid or its evaluation fails.
   *
   * @example
   * const result = await telemetry.query("sum by (messaging_destination_name) (messages_sent_total)");
   * if (result.kind === "vector") for (const { labels, value } of result.series) console.log(labels, value);
   */
  query(expression: string, options?: ExpressionOptions): Promise<QueryResult> {
    return this.#parts.queries.query(expression, options);
  }

  /**
   * As `query()`, at equally spaced times. The result is a matrix.
   *
   * @throws QueryError (rejection) as `query()`, and if there would be more than 11,000 points.
   */
  queryRange(expression: string, options: ExpressionRangeOptions): Promise<QueryResult> {
    return this.#parts.queries.queryRange(expression, options);
  }

  /** Selects samples, live and stored: a Tachymeter is a `Source` for the functions of `tachymeter/query`. */
  select(selection: Selection): AsyncIterable<SampleSeries> {
    return this.#parts.queries.select(selection);
  }

  /**
   * Reads the configuration file again, and applies its readers, intervals, views of new instruments, exemplar filter, time
   * to live, log level and alerts. Returns what was applied, and what waits for a restart: nothing after `shutdown()`. If a
   * new endpoint cannot listen, that is logged.
   *
   * @throws OptionsError (rejection) if the file is invalid or missing; nothing has changed then.
   *
   * @example
   * const { applied, needsRestart } = await telemetry.reload();
   */
  reload(): Promise<ReloadResult> {
    return this.#parts.reload.reload();
  }

  /** Collects every metric, in the format of the JSON reader. */
  snapshot(): Promise<Snapshot> {
    return this.collector.getSnapshot();
  }

  /** Collects and exports with every reader now, and writes the event log and the history's events. */
  forceFlush(): Promise<void> {
    return this.#parts.forceFlush();
  }

  /** Flushes, ends all readers, hooks and timers, and unregisters the global provider. Further calls have no effect. */
  shutdown(): Promise<void> {
    return (this.#ended ??= this.#parts.shutdown());
  }

  /** Calls `shutdown()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}
