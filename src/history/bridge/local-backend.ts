// Backend on a local history: the bridge's own file, the running Tachymeter, or memory.
import type { Events } from "../../events/events.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import type { HistoryStore } from "../history-store.ts";
import type { Sample } from "../store/stored.ts";
import type { Backend, Condition, Findings } from "./backend.ts";
import { CommitGroup, EventStore } from "../events/store.ts";
import type { BridgeAggregation, MetricsQuestion } from "./checks.ts";
import type { MetricTotals } from "../query/totals.ts";

/** The part of a history that the bridge uses. */
export type LocalHistory = Pick<
  HistoryStore,
  "retention" | "appendEvents" | "appendSamples" | "totals" | "storeUsage" | "close"
>;

/** A history and the bus of the events it stores. */
export interface RunningHistory {
  readonly history: LocalHistory;
  readonly events: Events;
  readonly eventStore: EventStore;
  readonly intervalMillis: number;
}

let current: RunningHistory | undefined;

export function runningHistory(): RunningHistory | undefined {
  return current;
}

/** Sets the running history at start. Returns a function that removes it. */
export function setRunningHistory(running: RunningHistory): () => void {
  current = running;
  return () => {
    if (current === running) current = undefined;
  };
}

// Estimated size of a sample without its texts.
const SAMPLE_CHARACTERS = 100;

/** Backend on a local history. */
export class LocalBackend implements Backend {
  readonly events: Events;
  readonly retention: Backend["retention"];
  readonly intervalMillis: number;
  readonly #history: LocalHistory;
  readonly #eventStore: EventStore;
  readonly #samples: CommitGroup<Sample>;
  readonly #isOwn: boolean;

  constructor({ history, events, eventStore, intervalMillis }: RunningHistory, isOwn: boolean) {
    this.events = events;
    this.retention = history.retention;
    this.intervalMillis = intervalMillis;
    this.#history = history;
    this.#eventStore = eventStore;
    this.#samples = new CommitGroup((samples) => history.appendSamples(samples));
    this.#isOwn = isOwn;
  }

  async storeEvent(event: TelemetryEvent): Promise<boolean> {
    await this.#eventStore.keep(event);
    return this.#eventStore.has(event);
  }

  storeSample(sample: Sample): Promise<void> {
    const { metric, value, context = "" } = sample;
    const characters = SAMPLE_CHARACTERS + metric.length + String(value).length + context.length;
    return this.#samples.add(sample, characters);
  }

  async find({ names, range, aggregation }: MetricsQuestion): Promise<Findings> {
    const { from, to } = range ?? (await this.#retained());
    const totals = await this.#history.totals({ names, from: range?.from, to });
    const all = totals.map((each) => ({ ...each, value: valueOf(each, aggregation) }));
    const hasTexts = ({ texts }: MetricTotals): boolean => aggregation !== "COUNT" && texts > 0;
    const numbers = all.filter((each) => !hasTexts(each));
    return {
      metrics: numbers
        .filter(({ value }) => Number.isFinite(value))
        .map(({ name, value, count, texts }) => ({ name, value, sampleCount: count + texts })),
      texts: all.filter(hasTexts).map(({ name }) => name),
      beyond: numbers
        .filter(({ value, count }) => count > 0 && !Number.isFinite(value))
        .map(({ name }) => name),
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

  // Samples may have timestamps slightly in the future.
  async #retained(): Promise<{ readonly from: number; readonly to: number }> {
    const now = Date.now();
    const { oldest = now, newest = now } = await this.#history.storeUsage();
    return { from: Math.min(oldest, now), to: Math.max(newest, now) };
  }
}

function valueOf(
  { type, count, sum, min, max, texts }: MetricTotals,
  aggregation: BridgeAggregation,
): number {
  switch (aggregation) {
    case "COUNT":
      return count + texts;
    case "MEAN":
      // Only the increase of a counter is meaningful.
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
