// The exports of this process. In a group, they end and begin again with its role.
import { errorMessage } from "../diagnostics/error-message.ts";
import { diag } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { RunningEnd } from "../io/running-end.ts";
import type { IMetricReader } from "../engine/index.ts";
import type { MeterProvider } from "../engine/meter-provider.ts";
import { type HealthAnswer, healthAnswer, HEALTH_PATHS } from "../facades/health/answer.ts";
import type { Events, Health } from "../facades/index.ts";
import type { Asker } from "../readers/prometheus/serving/asker.ts";
import { CollectOnExit } from "./collect-on-exit.ts";
import { type Exports, exportsOf, type LastFlush, NO_EXPORTS } from "./exports.ts";
import type { Facades } from "./facades.ts";
import type { KeptEvents, PassOn } from "./kept-events.ts";
import { gathered, type MadeReader, type PrometheusEndpoint } from "./readers.ts";
import { startEndpoints } from "./start-endpoints.ts";
import type { Teardown } from "./teardown.ts";

export interface RunningExportsParts {
  readonly make: () => Exports;
  /** Ends what the readers export to, such as the history. */
  readonly storage: Teardown;
  readonly kept: KeptEvents;
  /** Readers that the application has made: they are not shut down as long as the SDK runs. */
  readonly given: readonly unknown[];
  /** Called for each endpoint before it starts. Returns a function that ends what it has begun. */
  readonly onEndpoint: (endpoint: PrometheusEndpoint) => (() => void) | undefined;
  /** Begins what only the process that exports does: alerts and anomalies, if they are on. */
  readonly begin: (events: Events) => readonly RunningEnd[];
}

/** A change of the configuration's readers. */
export interface ReaderChange {
  readonly kept: readonly MadeReader[];
  readonly removed: readonly MadeReader[];
  /** Makes the new readers. */
  readonly make: () => Iterable<MadeReader>;
}

// For all readers together, if another process takes over.
const END_MILLIS = 5_000;

export class RunningExports {
  /** The readers that are flushed at the end of the process. The array changes. */
  readonly last: LastFlush[] = [];
  readonly collectOnExit: CollectOnExit = new CollectOnExit(this.last);
  readonly #parts: RunningExportsParts;
  #current: Exports = NO_EXPORTS;
  #isExporting = false;
  // The application's readers that were unbound, with the functions that bind them again.
  readonly #unbound = new Map<IMetricReader, () => void>();
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

  /** Whether a flush exports something. A Prometheus endpoint only responds to scrapes. */
  get isFlushed(): boolean {
    const { made, history } = this.#current;
    return history !== undefined || made.some(({ reader }) => !("getMetricsRequestHandler" in reader));
  }

  /** Makes the readers. {@link connect} follows once they are bound to the provider. */
  make(): void {
    this.#isExporting = true;
    this.#current = this.#parts.make();
    this.last.push(...this.#current.last);
  }

  /** Connects the history with the events, and the endpoints with the health checks. Begins alerts and anomalies. */
  connect({ events, health }: Pick<Facades, "events" | "health">): void {
    const { history, endpoints } = this.#current;
    if (history !== undefined) {
      this.#parts.kept.history = history;
      this.#disconnections.push(history.keep(events));
    }
    // A member exports nothing, and evaluates no rules.
    for (const { stop, close } of this.#isExporting ? this.#parts.begin(events) : []) {
      this.#disconnections.push(stop);
      this.#parts.storage.add(close);
    }
    this.#serve(endpoints, health);
  }

  #serve(endpoints: readonly PrometheusEndpoint[], health: Health): void {
    answerHealth(endpoints, health);
    for (const endpoint of endpoints) {
      const end = this.#parts.onEndpoint(endpoint);
      if (end !== undefined) this.#pageEnds.set(endpoint.exporter, end);
    }
  }

  /**
   * Replaces the readers of the configuration while they run. Those to be left out are shut down, with their last
   * collection; the others are not touched. Resolves once the new ones are ready; failures to start are logged. Rejects if
   * one of them cannot be made: then those made before it run.
   */
  async replace(
    change: ReaderChange,
    provider: MeterProvider,
    facades: Facades,
    resource: Resource,
  ): Promise<void> {
    if (!this.#isExporting || this.#isEnded.signal.aborted) return;
    const { kept, removed, make } = change;
    const before = this.#current;
    await Promise.all(
      removed.map(async ({ reader }) => {
        this.#endPage(reader);
        try {
          await reader.shutdown({ timeoutMillis: END_MILLIS });
          provider.retireReader(reader);
        } catch (error) {
          logClosing(error);
          // It may still collect, so no other reader continues its series.
          provider.removeReader(reader);
        }
      }),
    );
    // Another process may have taken over meanwhile.
    if (this.#current !== before || this.#isEnded.signal.aborted) {
      for (const { reader } of removed) provider.removeReader(reader);
      return;
    }
    // Ports and files of those before are free now.
    const added: MadeReader[] = [];
    try {
      for (const each of make()) added.push(each);
    } finally {
      this.#current = exportsOf(gathered([...kept, ...added]), before.history);
      this.last.splice(0, Infinity, ...this.#current.last);
      this.collectOnExit.listen();
      const { endpoints, ready } = gathered(added);
      this.#serve(endpoints, facades.health);
      bindInPlace(provider, added, removed);
      await startEndpoints({ endpoints, ready }, resource).catch(() => {});
    }
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
    this.connect(facades);
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
    this.#current = NO_EXPORTS;
    this.#isExporting = false;
    this.last.length = 0;
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
    if (this.#unbound.size > 0)
      await Promise.all([...this.#unbound.keys()].map((reader) => reader.shutdown()));
  }
}

// A new reader continues the series of one of its kind that has ended.
function bindInPlace(
  provider: MeterProvider,
  added: readonly MadeReader[],
  removed: readonly MadeReader[],
): void {
  const ended = [...removed];
  for (const { reader, settings } of added) {
    const at = ended.findIndex((each) => each.settings.kind === settings.kind);
    const [former] = at < 0 ? [] : ended.splice(at, 1);
    if (former === undefined) provider.addReader(reader);
    else provider.replaceReader(former.reader, reader);
  }
  for (const { reader } of ended) provider.removeReader(reader);
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
      exporter.addPage(path, page, { isOpen: setting !== "authenticated" });
    }
  }
}
