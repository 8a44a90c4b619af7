// The exports of this process. In a group, they end and begin again with its role.
import { errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { HistoryStore } from "../history/parts.ts";
import type { RunningEnd } from "../io/running-end.ts";
import type { IMetricReader } from "../engine/index.ts";
import type { MeterProvider } from "../engine/meter-provider.ts";
import { type HealthAnswer, healthAnswer, HEALTH_PATHS } from "../facades/health/answer.ts";
import type { Events, Health } from "../facades/index.ts";
import type { Asker } from "../readers/prometheus/serving/admission.ts";
import { withTimeout } from "../io/timeout.ts";
import { type ReaderChange, successors, takesWaiting } from "./changed-readers.ts";
import { CollectOnExit } from "./collect-on-exit.ts";
import { Exports, type LastFlush } from "./exports.ts";
import type { Facades } from "./facades.ts";
import type { KeptEvents, PassOn } from "./kept-events.ts";
import type { OwnReader, PrometheusEndpoint } from "./readers.ts";
import { listenOn, startEndpoints } from "./start-endpoints.ts";
import { part } from "#on-demand";
import type { Teardown } from "./teardown.ts";

export interface RunningExportsParts {
  readonly make: () => Exports;
  /** Ends what the readers export to, such as the history. */
  readonly storage: Teardown;
  readonly kept: KeptEvents;
  /** Readers that the application has made: they are not shut down as long as the SDK runs. */
  readonly given: readonly unknown[];
}

/** Work of the process that exports. */
export interface Answering {
  /** Begins alerts and anomalies, if they are on. */
  begin(events: Events): readonly RunningEnd[];
  /** Called for each endpoint before it starts. Returns a function that ends what it has begun. */
  onEndpoint(endpoint: PrometheusEndpoint): (() => void) | undefined;
}

// For all readers together, if another process takes over.
const END_MILLIS = 5_000;

export class RunningExports {
  /** The readers that are flushed at the end of the process. The array changes. */
  readonly last: LastFlush[] = [];
  readonly collectOnExit: CollectOnExit = new CollectOnExit(this.last);
  readonly #parts: RunningExportsParts;
  #current = new Exports();
  #isExporting = false;
  // The application's readers that were unbound, with the functions that bind them again.
  readonly #unbound = new Map<IMetricReader, () => void>();
  // Readers that a reload has ended and that still deliver.
  readonly #leaving = new Map<LastFlush, Promise<void>>();
  #answering: Answering | undefined;
  readonly #disconnections: (() => void)[] = [];
  // Functions that end the pages of endpoints.
  readonly #pageEnds = new Map<IMetricReader, () => void>();
  // Resolves once the exports have ended that another process has taken over.
  #handingOver: Promise<void> | undefined;
  #isEnded = new AbortController();

  constructor(parts: RunningExportsParts) {
    this.#parts = parts;
  }

  get current(): Exports {
    return this.#current;
  }

  /** The store of the history, if it can be used. */
  get stored(): HistoryStore | undefined {
    const { history } = this.#current;
    return history?.isUsable() === true ? history.store : undefined;
  }

  /** URL of the first Prometheus endpoint that listens. */
  get url(): string | undefined {
    return this.#current.endpoints.map(({ exporter }) => exporter.url).find((url) => url !== undefined);
  }

  /** Whether a flush exports something. A Prometheus endpoint only responds to scrapes. */
  get isFlushed(): boolean {
    const { made, history } = this.#current;
    return history !== undefined || made.some(({ reader }) => !("getMetricsRequestHandler" in reader));
  }

  /** Makes the readers. {@link connect} follows once they are bound to the provider. */
  make(): void {
    this.#isExporting = true;
    this.#current = this.#parts.make();
    this.#setLast();
  }

  /** Connects the history with the events, and the endpoints with the health checks. Begins alerts and anomalies. */
  connect(facades: Pick<Facades, "events" | "health">, answering: Answering): void {
    this.#answering = answering;
    this.#connect(facades);
  }

  #connect({ events, health }: Pick<Facades, "events" | "health">): void {
    const { history, endpoints } = this.#current;
    if (history !== undefined) {
      this.#parts.kept.history = history;
      this.#disconnections.push(history.keep(events));
    }
    // A member exports nothing, and evaluates no rules.
    const begun = this.#isExporting ? this.#answering?.begin(events) : [];
    for (const { stop, close } of begun ?? []) {
      this.#disconnections.push(stop);
      this.#parts.storage.add(close);
    }
    this.#serve(endpoints, health);
  }

  #serve(endpoints: readonly PrometheusEndpoint[], health: Health): void {
    answerHealth(endpoints, health);
    for (const endpoint of endpoints) {
      const end = this.#answering?.onEndpoint(endpoint);
      if (end !== undefined) this.#pageEnds.set(endpoint.exporter, end);
    }
  }

  /**
   * Replaces the readers of the configuration while they run. A new one continues the series of the one that it succeeds,
   * and delivers what that has not, if it can. Others have their last collection when they are unbound. Resolves once the
   * former ones have ended, at the latest after 5 s. Rejects if a new one cannot be made or cannot listen: then the
   * former ones go on.
   */
  async replace(
    { kept, removed, make }: ReaderChange,
    provider: MeterProvider,
    facades: Facades,
    resource: Resource,
  ): Promise<void> {
    const before = this.#current;
    const isCurrent = (): boolean =>
      this.#isExporting && !this.#isEnded.signal.aborted && this.#current === before;
    if (!isCurrent()) return;
    const added: OwnReader[] = [];
    const closed: PrometheusEndpoint[] = [];
    const pauses: Promise<() => void>[] = [];
    try {
      for (const each of make()) added.push(each);
      const { endpoints, ready } = new Exports(added);
      this.#serve(endpoints, facades.health);
      // The former endpoints respond while collections of others end, and the new ones not before they have metrics.
      for (const isEndpoint of [false, true]) {
        const each = removed.filter(({ endpoint }) => (endpoint !== undefined) === isEndpoint);
        pauses.push(...each.map(({ reader }) => reader.pause(END_MILLIS)));
        await Promise.all(pauses);
      }
      // Another process may have taken over meanwhile.
      for (const endpoint of endpoints)
        if (isCurrent()) await listenInPlace(endpoint, new Exports(removed).endpoints, closed);
      if (!isCurrent()) return;
      closed.length = 0;
      for (const { reader, settings } of kept)
        if ("intervalMillis" in settings && reader instanceof part("push").PushReader)
          reader.intervalMillis = settings.intervalMillis;
      this.#current = new Exports([...kept, ...added], before.history);
      const endings = this.#exchange(removed, added.splice(0), provider);
      this.collectOnExit.listen();
      for (const pause of pauses.splice(0)) (await pause)();
      await withTimeout(Promise.all(endings), END_MILLIS, () => {});
      await Promise.allSettled([...ready, resource.waitForAsyncAttributes?.()]);
    } finally {
      for (const pause of pauses) (await pause)();
      for (const { reader } of added) {
        this.#endPage(reader);
        await reader.shutdown().catch(logClosing);
      }
      if (isCurrent()) for (const endpoint of closed) await listenOn(endpoint, undefined).catch(() => {});
    }
  }

  // Within one turn of the event loop, except for last collections.
  #exchange(
    removed: readonly OwnReader[],
    added: readonly OwnReader[],
    provider: MeterProvider,
  ): readonly Promise<void>[] {
    const pairs = successors(removed, added);
    const unpaired = new Set(added);
    const endings = removed.map((former) => {
      const next = pairs.get(former);
      if (next !== undefined) unpaired.delete(next);
      const isContinued = next !== undefined && provider.replaceReader(former.reader, next.reader);
      const unbind = (): void => {
        this.#endPage(former.reader);
        if (isContinued) return;
        provider.removeReader(former.reader);
        if (next !== undefined) this.#bind(next, provider);
      };
      const ending = former.reader.leave(unbind, isContinued).catch(logClosing);
      if (former.last !== undefined) {
        this.#leaves(former.last, ending);
        if (next !== undefined && takesWaiting(former, next, isContinued))
          next.last?.continueFrom(former.last, ending);
      }
      return ending;
    });
    for (const each of unpaired) this.#bind(each, provider);
    this.#setLast();
    return endings;
  }

  #bind({ reader }: OwnReader, provider: MeterProvider): void {
    // After a handover it has ended.
    if (!this.#current.readers.includes(reader)) return;
    if (this.#isEnded.signal.aborted) reader.shutdown().catch(logClosing);
    else provider.addReader(reader);
  }

  #leaves(last: LastFlush, ending: Promise<void>): void {
    this.#leaving.set(last, ending);
    void ending.then(() => {
      if (this.#leaving.delete(last)) this.#setLast();
    });
  }

  #setLast(): void {
    this.last.splice(0, Infinity, ...this.#leaving.keys(), ...this.#current.last);
  }

  /** Starts all endpoints: see `startEndpoints`. @param isShared whether other processes may use the same ports. */
  start(resource: Resource, isShared: boolean): Promise<void> {
    this.#isEnded = new AbortController();
    return startEndpoints(this.#current, resource, isShared ? this.#isEnded.signal : undefined);
  }

  /** Ends what {@link connect} has begun, in this turn. */
  disconnect(): void {
    this.#isEnded.abort();
    for (const disconnect of this.#disconnections.splice(0)) disconnect();
    for (const reader of this.#pageEnds.keys()) this.#endPage(reader);
  }

  #endPage(reader: IMetricReader): void {
    this.#pageEnds.get(reader)?.();
    this.#pageEnds.delete(reader);
  }

  /** Exports the metrics of the group from now on. Resolves once all readers are ready, as `startEndpoints`. */
  takeOver(provider: MeterProvider, facades: Facades, resource: Resource): Promise<void> {
    this.make();
    for (const reader of this.#current.readers) {
      const bind = this.#unbound.get(reader);
      this.#unbound.delete(reader);
      if (bind === undefined) provider.addReader(reader);
      else bind();
    }
    this.#parts.kept.begin(facades.events);
    this.collectOnExit.listen();
    this.#connect(facades);
    return this.start(resource, true);
  }

  /**
   * Another process exports from now on: nothing more is collected, and nothing is exported again. Resolves once ports and
   * files are free. Never rejects.
   */
  handOver(provider: MeterProvider, { events }: Pick<Facades, "events">, passOn: PassOn): Promise<void> {
    return (this.#handingOver = this.#handOver(provider, events, passOn));
  }

  async #handOver(provider: MeterProvider, events: Facades["events"], passOn: PassOn): Promise<void> {
    this.#isEnded.abort();
    const { readers } = this.#current;
    const { kept, given, storage } = this.#parts;
    this.#current = new Exports();
    this.#isExporting = false;
    this.#leaving.clear();
    this.#setLast();
    kept.history = undefined;
    const outcomes = await Promise.allSettled([
      (async () => this.disconnect())(),
      kept.passOn(events, passOn),
      ...readers.map(async (reader) => {
        const bind = provider.removeReader(reader);
        if (given.includes(reader)) this.#unbound.set(reader, bind);
        else await reader.shutdown({ timeoutMillis: END_MILLIS });
      }),
    ]);
    // After the last collections of the readers.
    outcomes.push(...(await Promise.allSettled([storage.run()])));
    for (const outcome of outcomes) if (outcome.status === "rejected") logFailure(outcome.reason);
  }

  /** Ends at the shutdown of the SDK, after the provider with its readers, and after a handover that is under way. */
  async shutdown(): Promise<void> {
    this.#isEnded.abort();
    this.collectOnExit.end();
    await this.#handingOver;
    await withTimeout(Promise.all(this.#leaving.values()), END_MILLIS, () => {});
    if (this.#unbound.size > 0)
      await Promise.all([...this.#unbound.keys()].map((reader) => reader.shutdown()));
  }
}

// Listens before the former endpoints close. Those with the same port close first, and are added to `closed`.
async function listenInPlace(
  endpoint: PrometheusEndpoint,
  former: readonly PrometheusEndpoint[],
  closed: PrometheusEndpoint[],
): Promise<void> {
  for (const each of former) {
    if (closed.includes(each) || !each.exporter.hasPortOf(endpoint.exporter)) continue;
    closed.push(each);
    await each.exporter.stopServer();
  }
  await listenOn(endpoint, undefined);
}

function logClosing(error: unknown): void {
  diag.warn(`configuration: a reader was not closed: ${errorMessage(error)}`);
}

function logFailure(error: unknown): void {
  diag.warn(
    `group: another process exports from now on, but a reader or a file was not closed: ${errorMessage(error)}`,
  );
}

// Connects endpoints and the health facade, which do not know each other.
function answerHealth(endpoints: readonly PrometheusEndpoint[], health: Health): void {
  for (const path of HEALTH_PATHS) {
    for (const { exporter, health: setting } of endpoints) {
      if (setting === false) continue;
      const page = (asker: Asker): HealthAnswer =>
        asker === "stranger"
          ? healthAnswer(path, health.report(), { details: false })
          : healthAnswer(path, health.report(), { reasons: asker === "authenticated" });
      // The probe of an orchestrator has no token; it must not take a healthy process for dead.
      exporter.metrics.addPage(path, page, { isOpen: setting !== "authenticated" });
    }
  }
}
