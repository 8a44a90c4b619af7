// A history of this machine: of a file of the bridge's own, of the running Tachymeter, or in memory.
import { Events } from "../../events/events.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { Sample, StoredEvent, StoreUsage } from "../store/stored.ts";
import type { Backend, Condition, Findings, WorkedOut } from "./backend.ts";
import { CommitGroup, EventStore } from "../events/store.ts";
import type { BridgeAggregation, MetricsQuestion } from "./checks.ts";
import type { MetricTotals, TotalsSource } from "../query/totals/totals.ts";

/** A history as far as the bridge needs it. */
export interface LocalHistory extends TotalsSource {
  /** How long events are kept. */
  readonly eventsDays: number;
  appendEvents(events: readonly StoredEvent[]): Promise<void>;
  appendSamples(samples: readonly Sample[]): Promise<void>;
  storeUsage(): Promise<StoreUsage>;
  close(): Promise<void>;
}

/** A history, with the bus whose events it keeps. */
export interface KeptEvents {
  readonly history: LocalHistory;
  readonly events: Events;
  readonly eventStore: EventStore;
  readonly intervalMillis: number;
}

// What the bridge itself has of events needs no more than to be recorded.
const OWN_INTERVAL_MILLIS = 60_000;

// What a sample takes beside its texts.
const SAMPLE_CHARACTERS = 100;

/** A history that is the bridge's own: with a bus of its own. */
export function keptByTheBridge(history: LocalHistory): KeptEvents {
  const eventStore = new EventStore(history);
  const events = Events.withoutRecent();
  return { history, events, eventStore, intervalMillis: OWN_INTERVAL_MILLIS };
}

/** The bridge on a history of this machine. */
export class LocalBackend implements Backend {
  readonly events: Events;
  readonly eventsDays: number;
  readonly intervalMillis: number;
  readonly #history: LocalHistory;
  readonly #eventStore: EventStore;
  readonly #samples: CommitGroup<Sample>;
  readonly #isOwn: boolean;

  /** @param isOwn whether it ends with the bridge. */
  constructor({ history, events, eventStore, intervalMillis }: KeptEvents, isOwn: boolean) {
    this.events = events;
    this.eventsDays = history.eventsDays;
    this.intervalMillis = intervalMillis;
    this.#history = history;
    this.#eventStore = eventStore;
    this.#samples = new CommitGroup((samples) => history.appendSamples(samples));
    this.#isOwn = isOwn;
  }

  storeEvent(event: TelemetryEvent): Promise<void> {
    return this.#eventStore.keep(event);
  }

  storeSample(sample: Sample): Promise<void> {
    const { metric, value, context = "" } = sample;
    const characters = SAMPLE_CHARACTERS + metric.length + String(value).length + context.length;
    return this.#samples.add(sample, characters);
  }

  async find({ names, range, aggregation }: MetricsQuestion): Promise<Findings> {
    const { from, to } = range ?? (await this.#retained());
    const totals = await this.#history.totals({ names, from: range?.from, to });
    return {
      metrics: totals.filter(isKnown(aggregation)).map((each) => workedOut(each, aggregation)),
      texts: aggregation === "COUNT" ? [] : totals.filter(({ texts }) => texts > 0).map(({ name }) => name),
      from,
      to,
    };
  }

  async condition(): Promise<Condition> {
    const { writeError, storage, bytes, maxBytes } = await this.#history.storeUsage();
    return { writeError, isInMemory: storage === "memory", share: bytes / maxBytes };
  }

  async close(): Promise<void> {
    await Promise.all([this.#eventStore.flush(), this.#samples.flush()]);
    if (this.#isOwn) await this.#history.close();
  }

  // A sample may be a little ahead.
  async #retained(): Promise<{ readonly from: number; readonly to: number }> {
    const now = Date.now();
    const { oldest = now, newest = now } = await this.#history.storeUsage();
    return { from: Math.min(oldest, now), to: Math.max(newest, now) };
  }
}

function isKnown(aggregation: BridgeAggregation): (totals: MetricTotals) => boolean {
  return (totals) =>
    aggregation === "COUNT" || (totals.texts === 0 && Number.isFinite(valueOf(totals, aggregation)));
}

function workedOut(totals: MetricTotals, aggregation: BridgeAggregation): WorkedOut {
  const { name, count, texts } = totals;
  return { name, value: valueOf(totals, aggregation), sampleCount: count + texts };
}

function valueOf(
  { type, count, sum, min, max, texts }: MetricTotals,
  aggregation: BridgeAggregation,
): number {
  switch (aggregation) {
    case "COUNT":
      return count + texts;
    case "MEAN":
      // Of a counter only its rise says something.
      return type === "counter" ? sum : sum / count;
    case "SUM":
      return sum;
    case "MIN":
      return min;
    case "MAX":
      return max;
    default:
      return aggregation satisfies never;
  }
}
