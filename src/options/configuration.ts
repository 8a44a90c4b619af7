// All settings, read in one go.
import type { AttributeLike } from "./checks.ts";
import { type FacadeSettings, readFacades } from "./facades.ts";
import { isObject } from "./checks.ts";
import type { ConfigurationProblem } from "./configuration-error.ts";
import { type Environment, textFrom } from "./environment.ts";
import { type EventLogSettings, readEventLog } from "./event-log.ts";
import { type HistorySetting, readHistory } from "./history.ts";
import { type InstrumentationSettings, readInstrumentations } from "./instrumentations.ts";
import { type ReaderSettings, readReaders } from "./readers.ts";
import { type RawOptions, Reading } from "./reading.ts";
import { COMPOUND_OPTIONS, type ExemplarFilter, type LogLevel, SETTINGS } from "./settings.ts";
import { warnOfUnreadVariables } from "./variables.ts";

/** Everything that `start()` needs to know, settled. Times are in seconds. */
export interface Configuration {
  readonly disabled: boolean;
  readonly logLevel: LogLevel;
  readonly serviceName: string | undefined;
  readonly resource: Readonly<Record<string, AttributeLike>>;
  readonly collectionInterval: number;
  readonly exportTimeout: number;
  /** Seconds for all flushes at the end of the process. */
  readonly exitTimeout: number;
  readonly cardinalityLimit: number | undefined;
  readonly seriesTimeToLive: number | undefined;
  readonly exemplarFilter: ExemplarFilter | undefined;
  readonly host: boolean;
  readonly runtime: boolean;
  readonly kernels: boolean;
  readonly eventLog: EventLogSettings | undefined;
  readonly history: HistorySetting | undefined;
  readonly readers: readonly ReaderSettings[];
  readonly facades: FacadeSettings;
  readonly instrumentations: InstrumentationSettings;
  /** What cannot be used: with any of these, nothing may be started. */
  readonly problems: readonly ConfigurationProblem[];
  /** What looks odd or was ignored, to be logged. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration from options and environment. Never throws: what is wrong is in `problems`.
 *
 * @example
 * const { problems } = readConfiguration({ collectionInterval: -1 }, process.env);
 */
export function readConfiguration(options: RawOptions, environment: Environment): Configuration {
  const reading = new Reading(options, environment);
  refuseUnknownOptions(reading);
  refuseWhatIsNotThereYet(reading);
  checkCompounds(reading);
  const collectionInterval = reading.setting(SETTINGS.collectionInterval);
  const readers = readReaders(reading, collectionInterval);
  warnOfUnreadVariables(reading, readers);
  return {
    disabled: reading.setting(SETTINGS.disabled),
    logLevel: reading.setting(SETTINGS.logLevel),
    serviceName: reading.setting(SETTINGS.serviceName),
    resource: reading.setting(SETTINGS.resource),
    collectionInterval,
    exportTimeout: reading.setting(SETTINGS.exportTimeout),
    exitTimeout: reading.setting(SETTINGS.exitTimeout),
    cardinalityLimit: reading.setting(SETTINGS.cardinalityLimit),
    seriesTimeToLive: reading.setting(SETTINGS.seriesTimeToLive),
    exemplarFilter: reading.setting(SETTINGS.exemplarFilter),
    host: reading.setting(SETTINGS.host),
    runtime: reading.setting(SETTINGS.runtime),
    kernels: reading.setting(SETTINGS.kernels),
    eventLog: readEventLog(reading),
    history: readHistory(reading),
    readers,
    facades: readFacades(reading),
    instrumentations: readInstrumentations(reading),
    problems: reading.problems,
    warnings: reading.warnings,
  };
}

const SINGLE_OPTIONS = Object.values(SETTINGS).flatMap(({ option }) => option?.split(".")[0] ?? []);
const OPTIONS = [...new Set([...SINGLE_OPTIONS, ...COMPOUND_OPTIONS])];

function refuseUnknownOptions(reading: Reading): void {
  for (const [name, value] of Object.entries(reading.options)) {
    if (!OPTIONS.includes(name)) reading.problem(name, value, `only the options ${OPTIONS.join(", ")}`);
  }
}

function refuseWhatIsNotThereYet(reading: Reading): void {
  const value = textFrom(reading.environment, "OTEL_CONFIG_FILE");
  if (value !== undefined && value.toLowerCase() !== "false") {
    const allowed = "no value: configuration files are not supported yet, use options and variables";
    reading.problem("OTEL_CONFIG_FILE", value, allowed);
  }
}

function checkCompounds(reading: Reading): void {
  const { views, hooks, createMeterProvider } = reading.options;
  if (views !== undefined && !(Array.isArray(views) && views.every(isObject))) {
    reading.problem("views", views, "an array of view options");
  }
  if (hooks !== undefined && !isObject(hooks))
    reading.problem("hooks", hooks, "an object: { kernels: true }");
  if (isObject(hooks)) {
    for (const [name, value] of Object.entries(hooks)) {
      if (name !== "kernels") reading.problem(`hooks.${name}`, value, "only hooks.kernels");
    }
  }
  if (createMeterProvider !== undefined && typeof createMeterProvider !== "function") {
    reading.problem("createMeterProvider", createMeterProvider, "a function that returns a MeterProvider");
  }
}
