// Parsed settings under the names and in the units of their options.
import { isObject } from "../../options/check.ts";
import type { Settings } from "../../sdk/settings.ts";

type Configuration = Settings["configuration"];
type Reader = Configuration["readers"][number];

/** The option of a setting with this name. */
export function optionOf(setting: string): string {
  return setting.replace(/Millis$/, "");
}

/** The value of a setting in the unit of its option: seconds instead of milliseconds. */
export function inUnitOfOption(setting: string, value: unknown): unknown {
  return setting.endsWith("Millis") && typeof value === "number" ? value / 1_000 : value;
}

/** The options of a reader. */
export function readerOptions(reader: Reader): object {
  switch (reader.kind) {
    case "prometheus": {
      const { health, options, settings } = reader;
      const { host, port, endpoint, rendering, startsServer, scrapeTimeoutMillis, maxConcurrentScrapes } =
        settings;
      return {
        ...options,
        host,
        port,
        endpoint,
        appendTimestamp: rendering.timestamps,
        scopeLabels: rendering.scopeLabels,
        withoutTargetInfo: rendering.targetInfo === false,
        withoutCounterSuffix: rendering.counterSuffix === false,
        preventServerStart: !startsServer,
        scrapeTimeout: scrapeTimeoutMillis / 1_000,
        maxConcurrentScrapes,
        health,
      };
    }
    case "otlp": {
      const { requestTimeoutMillis: timeoutMillis, outbox, ...others } = reader;
      return { ...namedOptions({ ...others, timeoutMillis }), outbox: outbox && namedOptions(outbox) };
    }
    case "json": {
      const { lines, ...others } = reader;
      return namedOptions({ ...others, format: lines === undefined ? "document" : "ndjson", ...lines });
    }
    case "pushgateway":
    case "remote-write": {
      const { exporter, ...others } = reader;
      const { outbox, ...own } = exporter;
      return { ...namedOptions({ ...own, ...others }), outbox: outbox && namedOptions(outbox) };
    }
    default:
      return namedOptions(reader);
  }
}

/** The sections that can be off, and the others, each by its option. */
export function sectionOptions({
  eventLog,
  history,
  page,
  mcp,
  profiles,
  group,
  givenAlerts,
  givenAnomalies,
  resourceDetection,
  live,
  facades,
}: Configuration): {
  readonly switched: Readonly<Record<string, object | undefined>>;
  readonly others: Readonly<Record<string, object>>;
} {
  return {
    switched: {
      eventLog: eventLog && namedOptions(eventLog),
      history: history && historyOptions(history),
      page,
      mcp,
      profiles: profiles && profileOptions(profiles),
      group: group && namedOptions(group),
      alerts: givenAlerts?.options,
      anomalies: givenAnomalies?.options,
    },
    others: { resourceDetection, live: namedOptions(live), facades },
  };
}

/** The values in nested options that are set, each with the path of its option. */
export function* valuesIn(path: string, value: unknown): Generator<readonly [path: string, value: unknown]> {
  if (!isObject(value)) {
    if (value !== undefined) yield [path, value];
    return;
  }
  for (const [key, each] of Object.entries(value)) yield* valuesIn(`${path}.${key}`, each);
}

function historyOptions({
  metricsDays,
  eventsDays,
  ...others
}: NonNullable<Configuration["history"]>): object {
  return { ...others, retention: { metricsDays, eventsDays } };
}

function profileOptions({
  isAlways,
  samplingHertz: sampling,
  ...others
}: NonNullable<Configuration["profiles"]>): object {
  return { when: isAlways ? "always" : "while an alert fires", ...namedOptions({ sampling, ...others }) };
}

// Names of places in messages, and what the file has already shown as a reader's kind.
const INTERNAL = /[pP]lace$|^index$|^kind$/;

function namedOptions(settings: object): object {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
      INTERNAL.test(name) ? [] : [[optionOf(name), inUnitOfOption(name, value)]],
    ),
  );
}
