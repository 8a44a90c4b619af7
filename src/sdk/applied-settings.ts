// Settings that change while the SDK runs.
import type { Resource } from "@opentelemetry/resources";
import { MeterProvider } from "../engine/meter-provider.ts";
import { readerChange } from "./changed-readers.ts";
import type { Facades } from "./facades.ts";
import type { SdkMeterProvider } from "./options.ts";
import type { ReaderContext } from "./readers.ts";
import type { Changeable } from "./reload.ts";
import type { RunningAlerts } from "./running-alerts.ts";
import type { RunningExports } from "./running-exports.ts";
import type { Settings } from "./settings.ts";
import { setLogLevel } from "./stderr-logger.ts";

/** The running parts that have such settings. */
export interface ChangeableParts {
  readonly meterProvider: SdkMeterProvider;
  readonly exports: RunningExports;
  readonly alerts: RunningAlerts;
  readonly facades: Facades;
  readonly resource: Resource;
  readonly context: ReaderContext;
}

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
    this.#current = {
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
    if (changed.has("log_level")) setLogLevel(logLevel);
    const { meterProvider, exports, context } = parts;
    const ofProvider: readonly Changeable[] = ["views", "exemplarFilter", "seriesTimeToLive"];
    if (meterProvider instanceof MeterProvider && ofProvider.some((option) => changed.has(option)))
      meterProvider.reconfigure({ views: [...(views ?? [])], seriesTimeToLive, exemplarFilter });
    if (changed.has("alerts")) await parts.alerts.reconfigure(alerts);
    const isReader = changed.has("readers") || changed.has("collectionInterval");
    if (!isReader || !(meterProvider instanceof MeterProvider)) return;
    const { history } = exports.current;
    if (history !== undefined && changed.has("collectionInterval"))
      history.reader.intervalMillis = collectionIntervalMillis;
    const change = readerChange(exports.current.made, this.#current, context);
    await exports.replace(change, meterProvider, parts.facades, parts.resource);
  }
}
