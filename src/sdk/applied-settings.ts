// Settings that change while the SDK runs.
import { isDeepStrictEqual } from "node:util";
import type { Resource } from "@opentelemetry/resources";
import { MeterProvider } from "../engine/meter-provider.ts";
import { readerChange } from "./changed-readers.ts";
import type { Facades } from "./facades.ts";
import type { SdkMeterProvider } from "./options.ts";
import type { Queries } from "./queries.ts";
import { translationOf } from "./reader-problems.ts";
import type { ReaderContext } from "./readers.ts";
import type { Changeable } from "./reload.ts";
import type { RunningAlerts } from "./running-alerts.ts";
import type { RunningAnomalies } from "./running-anomalies.ts";
import type { RunningExports } from "./running-exports.ts";
import type { RunningPages } from "./running-pages.ts";
import type { Settings } from "./settings.ts";
import { setLogLevel } from "./stderr-logger.ts";

/** The running parts that have such settings. */
export interface ChangeableParts {
  readonly meterProvider: SdkMeterProvider;
  readonly exports: RunningExports;
  readonly queries: Queries;
  readonly alerts: RunningAlerts;
  readonly anomalies: RunningAnomalies;
  readonly pages: RunningPages;
  readonly facades: Facades;
  readonly resource: Resource;
  readonly context: ReaderContext;
}

const READERS: readonly Changeable[] = ["readers", "collectionInterval"];
const OF_PROVIDER: readonly Changeable[] = ["views", "exemplarFilter", "seriesTimeToLive"];

/** The settings in use. Those that cannot change keep their values from the start. */
export class AppliedSettings {
  #current: Settings;

  constructor(settings: Settings) {
    this.#current = settings;
  }

  get current(): Settings {
    return this.#current;
  }

  /** Applies the changed settings of `next`. */
  async apply(next: Settings, changed: ReadonlySet<Changeable>, parts: ChangeableParts): Promise<void> {
    const { readers, alerts, seriesTimeToLive, exemplarFilter, collectionIntervalMillis, logLevel } =
      next.configuration;
    const { configuration, options } = this.#current;
    const { views } = next.options;
    const applied = {
      ...next,
      configuration: {
        ...configuration,
        readers,
        alerts,
        seriesTimeToLive,
        exemplarFilter,
        collectionIntervalMillis,
        logLevel,
      },
      options: { ...options, readers: next.options.readers ?? [], views: views ?? [] },
    };
    const { meterProvider, exports, context } = parts;
    const { history } = exports.current;
    if (meterProvider instanceof MeterProvider && READERS.some((option) => changed.has(option))) {
      // First, since it may fail.
      const change = readerChange(exports.current.made, applied, context);
      await exports.replace(change, meterProvider, parts.facades, parts.resource);
      if (changed.has("collectionInterval") && history !== undefined)
        history.reader.intervalMillis = collectionIntervalMillis;
    }
    this.#current = applied;
    if (changed.has("log_level")) setLogLevel(logLevel);
    if (meterProvider instanceof MeterProvider && OF_PROVIDER.some((option) => changed.has(option)))
      meterProvider.reconfigure({ views: [...(views ?? [])], seriesTimeToLive, exemplarFilter });
    const isRenamed = !isDeepStrictEqual(translationOf(configuration.readers), translationOf(readers));
    if (isRenamed) parts.queries.rename();
    const before = parts.alerts.current;
    const hasOtherSteps = configuration.history !== undefined && changed.has("collectionInterval");
    // Both end in this turn: no expression with the former names is evaluated.
    await Promise.all([
      isRenamed || changed.has("alerts") ? parts.alerts.reconfigure(alerts) : undefined,
      isRenamed || hasOtherSteps ? parts.anomalies.restart() : undefined,
    ]);
    // Pages show the alerts of their start.
    if (isRenamed || parts.alerts.current !== before) parts.pages.restart(parts.facades);
  }
}
