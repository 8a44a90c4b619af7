// Storage of the series that rules write.
import type { Attributes } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { LogOnce } from "../diagnostics/log-once.ts";
import type { Labels } from "../query/source.ts";
import type { HistoryStore } from "./history-store.ts";
import { CellList, type SeriesDescription } from "./encoded-collection.ts";
import { RULES_SCOPE } from "./store/stored.ts";

// Evaluations that the thread of the store has not committed yet.
const MAX_PENDING = 100;
// Series are described again once this many more are known than an evaluation has.
const SPARE = 10_000;

/**
 * Stores samples of rules with the times of their evaluations. After a failure all series are described again.
 *
 * @internal
 */
export class RecordedHistory {
  readonly #history: Pick<HistoryStore, "appendCollection">;
  readonly #resource: () => Attributes;
  readonly #once = new LogOnce();
  // By the identity of the labels, which rules keep for a series.
  #ids = new Map<Labels, number>();
  #nextId = 0;
  #pending = 0;

  /** @param resource attributes of the process. */
  constructor(history: Pick<HistoryStore, "appendCollection">, resource: () => Attributes) {
    this.#history = history;
    this.#resource = resource;
  }

  /** Stores samples of one time, later. Those that the store refuses are dropped, which is logged once. */
  append(timeUnixMillis: number, samples: Iterable<readonly [labels: Labels, value: number]>): void {
    if (this.#pending >= MAX_PENDING) return this.#dropped(`${MAX_PENDING} evaluations wait for the store`);
    const given = [...samples];
    if (given.length === 0) return;
    this.#pending++;
    this.#send(timeUnixMillis, given)
      .catch(() => {
        // Retried once, because the thread may have died or forgotten the series of this group.
        this.#ids = new Map();
        return this.#send(timeUnixMillis, given);
      })
      .catch((error: unknown) => this.#dropped(errorMessage(error)))
      .finally(() => this.#pending--);
  }

  #send(timeUnixMillis: number, samples: readonly (readonly [Labels, number])[]): Promise<void> {
    const list = new CellList();
    const newSeries: SeriesDescription[] = [];
    for (const [labels, value] of samples) list.addNumber(this.#idOf(labels, newSeries), value);
    if (this.#ids.size > SPARE + 2 * list.length) this.#ids = new Map();
    const collection = { origin: "rules", timeUnixMillis, resource: this.#resource(), newSeries } as const;
    return this.#history.appendCollection({ ...collection, buffer: list.toBuffer() });
  }

  #dropped(reason: string): void {
    this.#ids = new Map();
    this.#once.warn("dropped", () => `history: samples of rules are not stored: ${reason}`);
  }

  #idOf(labels: Labels, newSeries: SeriesDescription[]): number {
    const known = this.#ids.get(labels);
    if (known !== undefined) return known;
    const id = this.#nextId++;
    this.#ids.set(labels, id);
    const { __name__: metric = "", ...attributes } = labels;
    newSeries.push({
      id,
      metric,
      prometheusName: metric,
      type: "gauge",
      unit: "",
      description: "",
      layout: { kind: "number" },
      attributes,
      scope: RULES_SCOPE,
      startTimeUnixMillis: 0,
    });
    return id;
  }
}
