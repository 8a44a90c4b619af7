// Assembles all parts; no other module knows all of them.
import { isMainThread } from "node:worker_threads";
import { type Meter, type MeterProvider, trace } from "@opentelemetry/api";
import { SettingsInUse } from "./settings-in-use.ts";
import { setLogLevel } from "./stderr-logger.ts";
import { RunningParts, Teardown } from "./teardown.ts";
import type { Configuration } from "../options/index.ts";
import { MeterProvider as OwnMeterProvider } from "../engine/meter-provider.ts";
import { CollectionRuns } from "../collector/collection-runs.ts";
import { linkCollector } from "../collector/index.ts";
import { type Facades, makeFacades } from "./facades.ts";
import { observeRuntime } from "../host/index.ts";
import {
  endInstrumentation,
  instrumentedList,
  isLast,
  makeInstrumentations,
  unseenByRequire,
} from "./instrumentations.ts";
import { makeExports } from "./exports.ts";
import { attachGroup, openGroup } from "./group.ts";
import type { OwnGroup } from "../group/group.ts";
import { currentMember } from "../group/threads/member.ts";
import { groupOfOne } from "../group/view.ts";
import { UnsharedEvents } from "../events/unshared-events.ts";
import { KeptEvents, type PassOn } from "./kept-events.ts";
import { MemberFacts } from "./member-facts.ts";
import { FlushAtEnd } from "./flush-on-exit.ts";
import { shareMeters } from "./otel-meters.ts";
import { hookLoader } from "./loader-hook.ts";
import { readerChange } from "./changed-readers.ts";
import type { ReaderContext } from "./readers.ts";
import { RunningAlerts } from "./running-alerts.ts";
import { RunningAnomalies } from "./running-anomalies.ts";
import { RunningExports } from "./running-exports.ts";
import { RunningHost } from "./running-host.ts";
import { RunningPages } from "./running-pages.ts";
import { RunningProfiles } from "./running-profiles.ts";
import type { Options, SdkMeterProvider } from "./options.ts";
import { observeThread } from "./observe-thread.ts";
import { settingsForThreads } from "./settings-for-threads.ts";
import { setThreadSettings } from "./thread-settings.ts";
import { type ProviderChoice, providerOf } from "./provider.ts";
import { Queries } from "./queries.ts";
import { Reload } from "./reload.ts";
import type { Settings } from "./settings.ts";
import { SnapshotReader } from "../readers/reader.ts";
import { resourceOf } from "./resource.ts";
import { Tachymeter, type TachymeterParts } from "./tachymeter.ts";
import { withTimeout } from "../io/timeout.ts";
import { VERSION } from "../version.ts";
import { part } from "#on-demand";

/**
 * Builds and starts a Tachymeter. `onShutdown` is called when its shutdown begins, also if a part fails to start: the
 * parts before it are shut down then.
 *
 * @throws OptionsError if `createMeterProvider` does not return a meter provider; any error of the caller's own parts.
 */
export function assemble(
  settings: Settings,
  given: Options,
  choice: ProviderChoice,
  onShutdown: () => void,
): Tachymeter {
  const parts = new RunningParts();
  const shutdown = (): Promise<void> => {
    onShutdown();
    return parts.run();
  };
  try {
    return Tachymeter.of({ ...begin(settings, given, choice, parts), shutdown });
  } catch (error) {
    // The first error is the one to throw.
    shutdown().catch(() => {});
    throw error;
  }
}

// Each part is made of those that it needs, which end after it.
function begin(
  settings: Settings,
  given: Options,
  choice: ProviderChoice,
  parts: RunningParts,
): Omit<TachymeterParts, "shutdown"> {
  const { configuration, options } = settings;
  const inUse = new SettingsInUse(settings);
  const own = resourceOf(configuration);
  const isOurs = choice === "ours" && options.createMeterProvider === undefined;
  const group = isOurs ? openGroup(settings, own, parts) : undefined;
  const resource = group === undefined ? own : resourceOf(configuration, group.id);
  const { "service.instance.id": id, "service.name": name } = resource.attributes;
  const seenGroup = group ?? groupOfOne(String(id), String(name));
  const context = new AssembledContext();
  // Ended after the provider, whose readers store their last collection in the history at shutdown.
  const storage = new Teardown();
  parts.add(() => storage.run());
  const kept = new KeptEvents(choice === "none" ? undefined : configuration.eventLog);
  // The provider's shutdown must not wait for it.
  parts.add(() => kept.close());
  const exports = new RunningExports({
    make: () => makeExports(choice, inUse.current, context, storage),
    storage,
    kept,
    given: options.readers ?? [],
  });
  if (group?.isMember !== true) exports.make();
  // Shut down after the provider, since a process may exit while the provider's shutdown is still running.
  exports.collectOnExit.listen();
  parts.add(() => exports.shutdown());
  // The readers of GPUs end after the provider's last collection.
  const host = new RunningHost(configuration);
  parts.add(() => host.endGpus());
  // Instrumentations whose figures belong to the provider's last collection.
  const last = new Teardown();
  parts.add(() => last.run());
  const snapshots = choice === "ours" ? new SnapshotReader() : undefined;
  const readers = [...exports.current.readers, ...(snapshots === undefined ? [] : [snapshots])];
  const meterProvider = providerOf(
    choice,
    { configuration, options, resource, readers, group, isReconfigurable: settings.file !== undefined },
    parts,
  );
  const facades = makeFacades(configuration, meterProvider, snapshots, (end) => parts.add(end));
  context.settle(meterProvider, facades);
  // The readers first, since they may fail.
  parts.started({
    async changed({ isOf, settings: next }) {
      const { made, history } = exports.current;
      if (meterProvider instanceof OwnMeterProvider && isOf("readers", "collectionInterval")) {
        await exports.replace(readerChange(made, next, context), meterProvider, facades, resource);
        if (isOf("collectionInterval") && history !== undefined)
          history.reader.intervalMillis = next.configuration.collectionIntervalMillis;
      }
    },
  });
  parts.started({
    changed({ isOf, settings: changed }) {
      inUse.current = changed;
      const { configuration: next, options: chosen } = changed;
      if (isOf("log_level")) setLogLevel(next.logLevel);
      if (
        !(meterProvider instanceof OwnMeterProvider) ||
        !isOf("views", "exemplarFilter", "seriesTimeToLive")
      )
        return;
      const { seriesTimeToLive, exemplarFilter } = next;
      meterProvider.reconfigure({ views: [...(chosen.views ?? [])], seriesTimeToLive, exemplarFilter });
    },
  });
  const shared = { inUse, exports, resource, meter: context.meter };
  const queries = new Queries({ ...shared, snapshots });
  parts.started({ stop: () => queries.end(), changed: (change) => queries.changed(change) });
  const profiles = new RunningProfiles({
    settings: configuration.profiles,
    meterProvider,
    events: facades.events,
  });
  const ofPage = new UnsharedEvents();
  const alerts = new RunningAlerts({ ...shared, queries, group: seenGroup, profiles, ofPage });
  const anomalies = new RunningAnomalies({ ...shared, queries, ofPage });
  // Both end in this turn: no expression with the former names is evaluated.
  parts.started({
    changed: (change) => Promise.all([alerts.changed(change), anomalies.changed(change)]),
  });
  const pages = new RunningPages({
    ...shared,
    queries,
    alerts,
    anomalies,
    profiles,
    facades,
    group: seenGroup,
    ofPage,
  });
  parts.started({ changed: (change) => pages.changed(change) });
  const passOn = passOnFor(group, choice);
  if (passOn === undefined) kept.begin(facades.events);
  else void kept.passOn(facades.events, passOn);
  exports.connect(facades, {
    begin: (events) =>
      choice === "none" || choice === "member" ? [] : [alerts.begin(events), anomalies.begin(events)],
    onEndpoint({ exporter }) {
      if (configuration.api) queries.serve(exporter);
      return configuration.page && pages.serve(exporter);
    },
  });
  parts.add(() => exports.disconnect());
  // Waits for each, even if others fail.
  const flushAll = (): Promise<readonly PromiseSettledResult<unknown>[]> =>
    Promise.allSettled([
      group?.report(),
      meterProvider.forceFlush?.(),
      ...kept.flush(),
      alerts.current?.flush(),
    ]);
  const flushAtEnd = new FlushAtEnd({
    flush: async (limitMillis) => {
      for (const reader of exports.last) reader.endBegins(limitMillis);
      await flushAll();
      await exports.current.history?.store.recoverLast();
    },
    last: exports.collectOnExit,
    timeoutMillis: configuration.exitTimeoutMillis,
    signals: configuration.signals && isMainThread,
    // Another SDK's provider may have such readers. In a group, the last figures and events are passed on. For process 1, signals
    // have no default action that a listener would take away.
    isNeeded: () =>
      process.pid === 1 ||
      !isOurs ||
      group?.isShared === true ||
      exports.isFlushed ||
      configuration.eventLog !== undefined ||
      alerts.current !== undefined,
  });
  if (choice !== "none") {
    profiles.begin();
    parts.add(() => profiles.end());
    const forgetHost = host.begin(meterProvider, group?.isMember === true ? "process" : "all");
    // Our own provider reports host metrics until its last collection, and then ends with them.
    if (choice === "registered") parts.add(forgetHost);
    if (configuration.runtime)
      parts.add(choice === "member" ? observeThread(meterProvider, options) : observeRuntime(meterProvider));
    activate({ configuration, options, choice, meterProvider, facades, flush: flushAtEnd, last }, parts);
  }
  let taking: Promise<void> | undefined;
  if (group !== undefined) {
    const memberFacts = new MemberFacts(meterProvider);
    parts.add(() => group.beginEnd());
    attachGroup(group, {
      configuration,
      options,
      meterProvider,
      readers,
      takeOver(provider) {
        host.takeOver(provider);
        queries.restart();
        taking = exports.takeOver(provider, facades, resource);
      },
      handOver(provider, pass) {
        queries.restart();
        host.endGpus();
        return exports.handOver(provider, facades, pass);
      },
      onJoined: () => flushAtEnd.update(),
      messages: {
        ...kept.receiver(facades.events),
        facts: () => memberFacts.text(),
        onFacts: (member, facts) => memberFacts.set(member, facts),
      },
    });
  }
  const reload = new Reload({
    settings,
    given,
    apply: (next, changed) =>
      parts.change(inUse.changeTo(next, changed)).finally(() => choice !== "none" && flushAtEnd.update()),
  });
  if (settings.file?.reload === true && choice === "ours") reload.start();
  parts.add(() => reload.end());
  const ready =
    group?.isMember === true
      ? // The aggregator of an earlier run may be dead; this process may take over at once.
        withTimeout(group.decided, DECISION_MILLIS, () => {}).then(() => taking)
      : exports.start(resource, group?.isShared === true);
  ready.catch(() => {});
  return {
    facades,
    ...shared,
    ready,
    meterProvider,
    group: seenGroup,
    queries,
    alerts,
    pages,
    reload,
    forceFlush: async () => {
      const failed = (await flushAll()).find((result) => result.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      if (exports.current.history?.isUsable() === false)
        throw new Error(
          "history: nothing is stored, since the store could not be opened; see the error logged at start",
        );
    },
  };
}

// Maximum time until it is known which process exports.
const DECISION_MILLIS = 1_000;

// In a member the events go to the aggregator, or to the main thread.
function passOnFor(group: OwnGroup | undefined, choice: ProviderChoice): PassOn | undefined {
  if (group?.isMember === true) return (line) => group.pass(line);
  const thread = choice === "member" ? currentMember()?.lines() : undefined;
  return thread && ((line) => thread.add(line));
}

// Access of the readers to the parts that are made after them.
class AssembledContext implements ReaderContext {
  #meter: Meter | undefined;
  #runs: CollectionRuns | undefined;
  #facades: Facades | undefined;

  settle(provider: MeterProvider, facades: Facades): void {
    // Obtained now, since the provider returns no meters any more at the last collection.
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

interface ActiveParts {
  readonly configuration: Configuration;
  readonly options: Options;
  readonly choice: ProviderChoice;
  readonly meterProvider: SdkMeterProvider;
  readonly facades: Facades;
  readonly flush: FlushAtEnd;
  /** Ended after the provider. */
  readonly last: Teardown;
}

/** Starts the parts that run on their own: instrumentations, timers and process listeners. */
function activate(parts: ActiveParts, teardown: Teardown): void {
  const { configuration, options, choice, meterProvider, facades, flush, last } = parts;
  const { collector, coordination, messaging, health } = facades;
  // After its shutdown the provider's series cannot be read; the collector's own metrics can.
  teardown.add(() => linkCollector(collector, { coordination, messaging, health }));
  teardown.add(() => health.stop());
  const isForeign = choice === "registered";
  const made = makeInstrumentations(configuration, options, facades, isForeign);
  const instrumentations = [...made.all];

  const hooked = configuration.loader
    ? hookLoader(instrumentations.flatMap(unseenByRequire), (...given) =>
        part("moduleSources").changeSources(instrumentedList(), ...given),
      )
    : [];
  if (isMainThread) teardown.add(setThreadSettings(settingsForThreads(configuration, hooked)));
  for (const instrumentation of instrumentations)
    (isLast(instrumentation) ? last : teardown).add(() => endInstrumentation(instrumentation));
  if (!isForeign) teardown.add(shareMeters(meterProvider, made));
  for (const instrumentation of instrumentations) {
    instrumentation.setTracerProvider(trace.getTracerProvider());
    instrumentation.setMeterProvider(meterProvider);
    if (instrumentation.getConfig().enabled !== true) instrumentation.enable();
  }
  flush.update();
  teardown.add(() => flush.end());
  void collector.startCollection();
  teardown.add(() => void collector.stopCollection());
}
