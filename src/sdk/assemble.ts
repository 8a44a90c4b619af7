// Puts the parts together: nothing else knows all of them.
import { createNoopMeter, diag, type Meter, type MeterProvider, metrics } from "@opentelemetry/api";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import type { Resource } from "@opentelemetry/resources";
import { Teardown } from "./teardown.ts";
import { type Configuration, OptionsError } from "../options/index.ts";
import type { CheckedConfiguration } from "./reader-problems.ts";
import { MeterProvider as OwnMeterProvider } from "../engine/meter-provider.ts";
import type { IMetricReader } from "../engine/index.ts";
import { CollectionRuns } from "../collector/collection-runs.ts";
import { linkCollector } from "../collector/index.ts";
import { type HealthAnswer, healthAnswer, HEALTH_PATHS } from "../facades/health/answer.ts";
import { EventLog, type Health } from "../facades/index.ts";
import { type Facades, makeFacades } from "./facades.ts";
import { observeHost, observeRuntime } from "../host/index.ts";
import { makeInstrumentations, unseenByRequire } from "./instrumentations.ts";
import { CollectOnExit } from "./collect-on-exit.ts";
import { flushAtEnd } from "./flush-on-exit.ts";
import { startEndpoints } from "./start-endpoints.ts";
import { makeHistory, type MadeHistory } from "./history.ts";
import type { Asker } from "../readers/prometheus/serving/metrics-endpoint.ts";
import { leaveDurationsToLater } from "./otel-durations.ts";
import { hookLoader } from "./loader-hook.ts";
import { type MadeReaders, makeReaders, type PrometheusEndpoint, type ReaderContext } from "./readers.ts";
import type { Options, SdkMeterProvider } from "./options.ts";
import { SnapshotReader } from "../readers/reader.ts";
import { resourceOf } from "./resource.ts";
import { Tachymeter, type TachymeterParts } from "./tachymeter.ts";
import { VERSION } from "../version.ts";

/**
 * Which provider is recorded to: one of ours with its readers, the one that another SDK has registered, or none, where
 * `OTEL_SDK_DISABLED` says so.
 */
export type ProviderChoice = "ours" | "registered" | "none";

/**
 * Builds and starts a Tachymeter. `onShutdown` is called once its end begins. Where a part cannot be made, those made
 * before it are ended.
 *
 * @throws OptionsError where `createMeterProvider` gives no provider; what the caller's own parts throw.
 */
export function assemble(
  configuration: CheckedConfiguration,
  options: Options,
  choice: ProviderChoice,
  onShutdown: () => void,
): Tachymeter {
  const teardown = new Teardown();
  try {
    const parts = begin(configuration, options, choice, teardown);
    const shutdown = (): Promise<void> => {
      onShutdown();
      return teardown.run();
    };
    return Tachymeter.of({ ...parts, shutdown });
  } catch (error) {
    // The first error is the one to tell.
    teardown.run().catch(() => {});
    throw error;
  }
}

function begin(
  configuration: CheckedConfiguration,
  options: Options,
  choice: ProviderChoice,
  teardown: Teardown,
): Omit<TachymeterParts, "shutdown"> {
  const resource = resourceOf(configuration);
  const context = new AssembledContext();
  const made = choice === "ours" ? makeReaders(configuration, options, context) : NO_READERS;
  const { readers, endpoints } = made;
  const snapshots = choice === "ours" ? new SnapshotReader() : undefined;
  // Begun before the provider, whose readers store their last collection when it ends.
  const history = choice === "none" ? undefined : historyOf(configuration, context, teardown);
  const last = history === undefined ? made.last : [...made.last, history.last];
  const all = [...readers, ...ofOurs(history?.reader, choice), ...ofOurs(snapshots, choice)];
  // Begun before the provider, whose end must not wait for it.
  const eventLog = choice === "none" ? undefined : eventLogOf(configuration, teardown);
  // Ended after the provider, whose own end a process may not wait for.
  const collectOnExit = new CollectOnExit(last);
  teardown.add(collectOnExit.listen());
  const meterProvider = providerOf(choice, { configuration, options, resource, readers: all }, teardown);
  const facades = makeFacades({ ...configuration, eventLog }, meterProvider, snapshots);
  context.settle(meterProvider, facades);
  if (history !== undefined) teardown.add(history.keep(facades.events));
  answerHealth(endpoints, facades.health);
  // Each is waited for, whatever becomes of the others.
  const flushAll = (): Promise<readonly PromiseSettledResult<unknown>[]> =>
    Promise.allSettled([meterProvider.forceFlush?.(), eventLog?.flush(), history?.flushEvents()]);
  const flush = (limitMillis: number): Promise<unknown> => {
    for (const reader of last) reader.endBegins(limitMillis);
    return flushAll();
  };
  if (choice !== "none") {
    const forgetHost = configuration.host ? observeHost(meterProvider) : undefined;
    // Ours tells of the host until its last collection, and is gone after it.
    if (choice === "registered" && forgetHost !== undefined) teardown.add(forgetHost);
    if (configuration.runtime) teardown.add(observeRuntime(meterProvider));
    activate({ configuration, options, meterProvider, facades, flush, collectOnExit }, teardown);
  }
  return {
    ...facades,
    ready: startEndpoints(
      history === undefined ? made : { ...made, ready: [...made.ready, history.ready] },
      resource,
    ),
    meterProvider,
    resource,
    logLevel: configuration.logLevel,
    forceFlush: async () => {
      const failed = (await flushAll()).find((result) => result.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    },
    history: history?.history,
    prometheusUrl: () => endpoints.map(({ exporter }) => exporter.url).find((url) => url !== undefined),
  };
}

function historyOf(
  configuration: Configuration,
  context: ReaderContext,
  teardown: Teardown,
): MadeHistory | undefined {
  const made = makeHistory(configuration, context);
  if (made === undefined) return undefined;
  teardown.add(() => made.history.close());
  teardown.add(() => made.flushEvents());
  return made;
}

function ofOurs<R>(reader: R | undefined, choice: ProviderChoice): readonly R[] {
  return reader === undefined || choice !== "ours" ? [] : [reader];
}

function eventLogOf({ eventLog }: Configuration, teardown: Teardown): EventLog | undefined {
  if (eventLog === undefined) return undefined;
  const log = new EventLog(eventLog);
  teardown.add(() => log.close());
  return log;
}

// A facade knows no reader, and no reader a facade.
function answerHealth(endpoints: readonly PrometheusEndpoint[], health: Health): void {
  for (const path of HEALTH_PATHS) {
    for (const { exporter, health: setting } of endpoints) {
      if (setting === false) continue;
      const page = (asker: Asker): HealthAnswer =>
        asker === "stranger"
          ? healthAnswer(path, health.report(), { details: false })
          : healthAnswer(path, health.report(), { reasons: asker === "authenticated" });
      // A probe of an orchestrator has no token, and must not find a healthy process dead.
      exporter.addPage(path, page, { isOpen: setting !== "authenticated" });
    }
  }
}

const NO_READERS: MadeReaders = { readers: [], endpoints: [], last: [], ready: [] };

// What the readers ask for once the parts exist that are made after them.
class AssembledContext implements ReaderContext {
  #meter: Meter | undefined;
  #runs: CollectionRuns | undefined;
  #facades: Facades | undefined;

  settle(provider: MeterProvider, facades: Facades): void {
    // Found now, since the last collection comes when the provider gives no meters any more.
    const meter = provider.getMeter("tachymeter.telemetry", VERSION);
    this.#meter = meter;
    this.#runs = new CollectionRuns({ meterProvider: { getMeter: () => meter } });
    this.#facades = facades;
  }

  readonly meter = (): Meter | undefined => this.#meter;
  readonly onCollection = (durationSeconds: number, metricCount: number): void =>
    this.#runs?.record(durationSeconds, metricCount);
  readonly eventsCount = (): number => this.#facades?.events.accepted ?? 0;
  readonly running = (): boolean => this.#facades?.collector.running ?? false;
}

interface ProviderParts {
  readonly configuration: Configuration;
  readonly options: Options;
  readonly resource: Resource;
  readonly readers: IMetricReader[];
}

function providerOf(choice: ProviderChoice, parts: ProviderParts, teardown: Teardown): SdkMeterProvider {
  switch (choice) {
    case "ours":
      return registered(ownProvider(parts), teardown);
    case "registered":
      return metrics.getMeterProvider();
    case "none":
      return { getMeter: () => createNoopMeter() };
    default:
      return choice satisfies never;
  }
}

function ownProvider(parts: ProviderParts): SdkMeterProvider {
  try {
    return madeProvider(parts);
  } catch (error) {
    // Some of ours may run already; the caller's own are the caller's to end.
    const { readers, options } = parts;
    for (const reader of readers) {
      if (!options.readers?.some((given) => given === reader)) reader.shutdown().catch(() => {});
    }
    throw error;
  }
}

function madeProvider({ configuration, options, resource, readers }: ProviderParts): SdkMeterProvider {
  const views = [...(options.views ?? [])];
  if (options.createMeterProvider !== undefined)
    return checkedProvider(options.createMeterProvider({ resource, views, readers }));
  const { cardinalityLimit, seriesTimeToLive, exemplarFilter } = configuration;
  return new OwnMeterProvider({
    resource,
    views,
    readers,
    sdkMetricsEnabled: true,
    cardinalityLimit,
    seriesTimeToLive,
    exemplarFilter,
  });
}

function checkedProvider(provider: SdkMeterProvider): SdkMeterProvider {
  const given: unknown = provider;
  if (typeof given === "object" && given !== null && "getMeter" in given) return provider;
  throw new OptionsError("configuration of tachymeter", [
    {
      name: "what createMeterProvider gives",
      value: given,
      must: "be a MeterProvider, not a promise of one",
    },
  ]);
}

function registered(provider: SdkMeterProvider, teardown: Teardown): SdkMeterProvider {
  teardown.add(() => provider.shutdown?.());
  if (!metrics.setGlobalMeterProvider(provider)) {
    diag.error(
      "start(): the global MeterProvider could not be registered, probably since two versions of @opentelemetry/api are " +
        "installed; have one installed",
    );
  }
  teardown.add(() => {
    // Another SDK's, put in its place meanwhile, is not ours to take away.
    if (metrics.getMeterProvider() === provider) metrics.disable();
  });
  return provider;
}

interface Parts {
  readonly configuration: Configuration;
  readonly options: Options;
  readonly meterProvider: SdkMeterProvider;
  readonly facades: Facades;
  readonly flush: (limitMillis: number) => Promise<unknown>;
  readonly collectOnExit: CollectOnExit;
}

/** Begins what goes on by itself. */
function activate(parts: Parts, teardown: Teardown): void {
  const { configuration, options, meterProvider, facades, flush, collectOnExit } = parts;
  const { collector, coordination, messaging, health, system } = facades;
  // The provider's series can be read no longer after its shutdown; the collector's own metrics can.
  teardown.add(() => linkCollector(collector, { coordination, messaging, health }));
  teardown.add(() => health.stop());
  teardown.add(() => facades.network.stop());
  teardown.add(() => void system.stopContinuousCollection());
  const instrumentations = [...makeInstrumentations(configuration, options, facades)];
  hookLoader(instrumentations.flatMap(unseenByRequire));
  for (const instrumentation of instrumentations) teardown.add(() => instrumentation.disable());
  registerInstrumentations({ instrumentations, meterProvider });
  teardown.add(leaveDurationsToLater(instrumentations, meterProvider));
  teardown.add(flushAtEnd(flush, collectOnExit, configuration.exitTimeoutMillis));
  void collector.startCollection();
  teardown.add(() => void collector.stopCollection());
}
