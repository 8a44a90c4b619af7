import { facadesFromStart, type FacadeSettings } from "./facades.ts";
import { isObject } from "./check.ts";
import type { OptionsProblem } from "./options-error.ts";
import type { Environment } from "./environment.ts";
import { eventLogFromStart, type EventLogSettings } from "./event-log.ts";
import { alertsFromStart, anomaliesFromStart, type GivenPart } from "./given-part.ts";
import { groupFromStart, type GroupSettings } from "./group.ts";
import { historyFromStart, type HistorySettings } from "./history.ts";
import { liveFromStart, type LiveSettings } from "./live.ts";
import { type InstrumentationSettings, readInstrumentations } from "./instrumentations.ts";
import { mcpFromStart, type McpSettings } from "./mcp.ts";
import { pageFromStart, type PageSettings } from "./page.ts";
import { profilesFromStart, type ProfileSettings } from "./profiles.ts";
import { type ReaderSettings, readersFromStart } from "./readers.ts";
import { type ResourceDetection, resourceDetectionFromStart } from "./resource-detection.ts";
import { type RawOptions, Parser } from "./parser.ts";
import { OPTIONS_ELSEWHERE } from "./guessed-names.ts";
import { warnOfUnreadVariables } from "./unread-variables.ts";
import { COMPOUND_OPTIONS, SETTINGS, type SettingValues } from "./settings.ts";

/** The parsed configuration of `start()`. */
export interface Configuration extends Omit<SettingValues, "healthEndpoints" | `instrumentations.${string}`> {
  readonly eventLog: EventLogSettings | undefined;
  readonly history: HistorySettings | undefined;
  /** The last hour in memory, which is kept only if it is queried. */
  readonly live: LiveSettings;
  /** The live page; `undefined` if off. */
  readonly page: PageSettings | undefined;
  /** The server of the Model Context Protocol; `undefined` if off. */
  readonly mcp: McpSettings | undefined;
  /** Profiles of the main thread; `undefined` if off. */
  readonly profiles: ProfileSettings | undefined;
  /** Not checked yet; `undefined` if off. */
  readonly givenAlerts: GivenPart | undefined;
  /** Not checked yet; `undefined` if off. */
  readonly givenAnomalies: GivenPart | undefined;
  /** Threads and processes as one; `undefined` if off. */
  readonly group: GroupSettings | undefined;
  /** Detected attributes of the resource. */
  readonly resourceDetection: ResourceDetection;
  readonly readers: readonly ReaderSettings[];
  readonly facades: FacadeSettings;
  readonly instrumentations: InstrumentationSettings;
  /** Invalid options and variables. If there are any, nothing may be started. */
  readonly problems: readonly OptionsProblem[];
  /** Messages about suspicious and ignored settings, to be logged. */
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration from options and environment. Never throws: errors are in `problems`.
 *
 * @param instrumentations the names of all instrumentations.
 *
 * @example
 * const { problems } = readConfiguration({ collectionInterval: -1 }, process.env);
 */
export function readConfiguration(
  options: RawOptions,
  environment: Environment,
  instrumentations: readonly string[] = [],
): Configuration {
  const parser = new Parser(options, environment);
  parser.refuseUnknown("", options, OPTIONS, OPTIONS_ELSEWHERE);
  checkCompounds(parser);
  const collectionIntervalMillis = parser.setting(SETTINGS.collectionIntervalMillis);
  const mcp = mcpFromStart(parser);
  const page = pageFromStart(parser, mcp !== undefined);
  const api = parser.setting(SETTINGS.api) || page !== undefined;
  const readers = readersFromStart(parser, collectionIntervalMillis, { isServed: api });
  warnOfUnreadVariables(parser, readers);
  return {
    disabled: parser.setting(SETTINGS.disabled),
    logLevel: parser.setting(SETTINGS.logLevel),
    serviceName: parser.setting(SETTINGS.serviceName),
    resource: parser.setting(SETTINGS.resource),
    resourceSchemaUrl: parser.setting(SETTINGS.resourceSchemaUrl),
    resourceDetection: resourceDetectionFromStart(parser),
    collectionIntervalMillis,
    exportTimeoutMillis: parser.setting(SETTINGS.exportTimeoutMillis),
    exitTimeoutMillis: parser.setting(SETTINGS.exitTimeoutMillis),
    signals: parser.setting(SETTINGS.signals),
    loader: parser.setting(SETTINGS.loader),
    proxy: parser.setting(SETTINGS.proxy),
    cardinalityLimit: parser.setting(SETTINGS.cardinalityLimit),
    seriesTimeToLive: parser.setting(SETTINGS.seriesTimeToLive),
    exemplarFilter: parser.setting(SETTINGS.exemplarFilter),
    viewMatchingMode: parser.setting(SETTINGS.viewMatchingMode),
    host: parser.setting(SETTINGS.host),
    gpu: parser.setting(SETTINGS.gpu),
    runtime: parser.setting(SETTINGS.runtime),
    kernels: parser.setting(SETTINGS.kernels),
    api,
    page,
    mcp,
    profiles: profilesFromStart(parser),
    live: liveFromStart(parser),
    givenAlerts: alertsFromStart(parser),
    givenAnomalies: anomaliesFromStart(parser),
    eventLog: eventLogFromStart(parser),
    history: historyFromStart(parser),
    group: groupFromStart(parser),
    readers,
    facades: facadesFromStart(parser),
    instrumentations: readInstrumentations(parser, instrumentations),
    otelInstrumentations: parser.setting(SETTINGS.otelInstrumentations),
    problems: parser.problems,
    warnings: parser.warnings,
  };
}

const SINGLE_OPTIONS = Object.values(SETTINGS).flatMap(({ option }) => option?.split(".")[0] ?? []);
const OPTIONS = [...new Set([...SINGLE_OPTIONS, ...COMPOUND_OPTIONS])];

function checkCompounds(parser: Parser): void {
  const { views, hooks, host, createMeterProvider, meterConfigurator } = parser.options;
  if (views !== undefined && !(Array.isArray(views) && views.every(isObject))) {
    parser.problem("views", views, "be an array of view options");
  }
  if (hooks !== undefined && !isObject(hooks))
    parser.problem("hooks", hooks, "be an object such as { kernels: true }");
  if (isObject(hooks)) {
    parser.refuseUnknown("hooks.", hooks, ["kernels"]);
  }
  if (isObject(host)) parser.refuseUnknown("host.", host, ["gpu"]);
  if (createMeterProvider !== undefined && typeof createMeterProvider !== "function") {
    parser.problem("createMeterProvider", createMeterProvider, "be a function that returns a MeterProvider");
  }
  if (meterConfigurator !== undefined && typeof meterConfigurator !== "function") {
    const must = "be a function from a meter's scope to an object such as { enabled: false }";
    parser.problem("meterConfigurator", meterConfigurator, must);
  }
}
