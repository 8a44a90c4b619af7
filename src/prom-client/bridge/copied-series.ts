/** Copies of the series of one metric of the real prom-client. */
import type { Attributes } from "@opentelemetry/api";
import { EXPLICIT_CELLS } from "../../engine/aggregation/explicit-histogram-store.ts";
import type { Exemplar as CollectedExemplar } from "../../engine/exemplars/reservoir.ts";
import { SeriesTable } from "../../engine/series/series-table.ts";
import { collectedExemplar, type Exemplar } from "../exemplar.ts";
import { Generations } from "../generations.ts";
import { type GivenLabels, isObject, labelText } from "../label-checks.ts";
import { storeOptions } from "../label-rows.ts";

/** Types of prom-client's metrics. */
export type MetricType = "counter" | "gauge" | "histogram" | "summary";

const STEP_SAMPLES = 64;
const NO_CELLS = new Float64Array(0);

/**
 * A row of cells for each series. That of a counter or gauge has the value, that of a histogram the engine's cells. That of
 * a summary has the count, the sum and the quantiles.
 */
export class CopiedSeries {
  readonly table: SeriesTable = new SeriesTable(storeOptions());
  readonly generations: Generations = new Generations();
  readonly type: MetricType;
  /** Finite upper bounds of a histogram, or the quantiles of a summary. Known with the first series. */
  bounds: readonly number[] = [];
  readonly #cells: Float64Array[] = [];
  readonly #exemplars = new Map<number, readonly CollectedExemplar[]>();
  // Number of the copy that had the row last.
  readonly #rounds: number[] = [];
  #round = 0;

  constructor(type: MetricType) {
    this.type = type;
  }

  cellsOf(row: number): Float64Array {
    return this.#cells[row] ?? NO_CELLS;
  }

  startTimeOf(row: number): number {
    return this.table.startTimeOf(row);
  }

  startBy(unixMillis: number): void {
    this.table.startBy(unixMillis);
  }

  exemplarsOf(row: number): readonly CollectedExemplar[] {
    return this.#exemplars.get(row) ?? [];
  }

  /** Copies all samples of the metric, in steps. Series that are missing are removed. */
  *take(samples: readonly unknown[], defaultLabels: GivenLabels): Generator<undefined, void> {
    const round = ++this.#round;
    const series = new SeriesSamples(this.type);
    for (const [i, sample] of samples.entries()) {
      if (i % STEP_SAMPLES === STEP_SAMPLES - 1) yield;
      if (!isObject(sample) || !series.add(sample)) continue;
      this.#write(series, attributesFrom(labelsIn(sample), defaultLabels), round);
      series.clear();
    }
    for (let row = 1; row < this.table.rowCount; row++)
      if (this.table.isLive(row) && (this.#rounds[row] ?? 0) < round) this.#remove(row);
  }

  #write(series: SeriesSamples, attributes: Attributes, round: number): void {
    // Metrics of another array would be made again.
    if (this.bounds.length === 0 && series.bounds.length > 0) this.bounds = series.bounds;
    let row = this.table.rowOf(attributes);
    // A later start time shows that the series was reset.
    if (series.isReset(this.#cells[row], this.bounds)) {
      this.#remove(row);
      row = this.table.rowOf(attributes);
    }
    this.#rounds[row] = round;
    this.#cells[row] = series.writeTo(this.#cells[row], this.bounds);
    if (series.exemplars.length > 0) this.#exemplars.set(row, series.exemplars.map(collectedExemplar));
    else this.#exemplars.delete(row);
  }

  #remove(row: number): void {
    this.generations.beforeFree(row);
    if (!this.table.free(row)) return;
    this.#cells[row] = NO_CELLS;
    this.#exemplars.delete(row);
  }
}

// The samples of one series. Those of a histogram or summary follow each other; the count is the last.
class SeriesSamples {
  readonly exemplars: Omit<Exemplar, "set">[] = [];
  readonly #type: MetricType;
  readonly #parts = new Map<number, number>();
  #value = 0;
  #sum = 0;
  #before = 0;
  // Counts of upper bounds that are given again, which prom-client adds once more.
  #surplus = 0;

  constructor(type: MetricType) {
    this.#type = type;
  }

  /** Adds a sample. Returns whether it is the last one of its series. */
  add(sample: GivenLabels): boolean {
    const { metricName, exemplar } = sample;
    const value = Number(sample["value"]);
    if (isExemplar(exemplar)) this.exemplars.push(exemplar);
    if (this.#type === "counter" || this.#type === "gauge") {
      this.#value = value;
      return true;
    }
    const part = labelsIn(sample)[this.#type === "histogram" ? "le" : "quantile"];
    if (part !== undefined) {
      const bound = Number(part);
      if (!Number.isFinite(bound)) return false;
      if (this.#parts.has(bound)) this.#surplus += value - this.#before;
      else this.#parts.set(bound, value - this.#surplus);
      this.#before = value;
      return false;
    }
    const isSum = typeof metricName === "string" && metricName.endsWith("_sum");
    if (isSum) this.#sum = value;
    else this.#value = value;
    return !isSum;
  }

  get bounds(): readonly number[] {
    const bounds = [...this.#parts.keys()];
    return this.#type === "histogram" ? bounds.toSorted((a, b) => a - b) : bounds;
  }

  /** Whether a count is lower than in its cells. */
  isReset(known: Float64Array | undefined, bounds: readonly number[]): boolean {
    if (known === undefined || known.length === 0) return false;
    if (this.#type !== "histogram") return this.#type !== "gauge" && this.#value < known[0]!;
    let below = 0;
    const isLower = bounds.some(
      (bound, i) => (this.#parts.get(bound) ?? 0) < (below += known[EXPLICIT_CELLS.buckets + i]!),
    );
    return isLower || this.#value < known[0]!;
  }

  writeTo(known: Float64Array | undefined, bounds: readonly number[]): Float64Array {
    const width = this.#type === "histogram" ? EXPLICIT_CELLS.buckets + bounds.length + 1 : 2 + bounds.length;
    const cells = known?.length === width ? known : new Float64Array(width);
    cells[0] = this.#value;
    cells[1] = this.#sum;
    if (this.#type === "histogram") this.#writeBuckets(cells, bounds);
    else for (const [i, quantile] of bounds.entries()) cells[2 + i] = this.#parts.get(quantile) ?? 0;
    return cells;
  }

  clear(): void {
    this.exemplars.length = 0;
    this.#parts.clear();
    this.#sum = 0;
    this.#before = 0;
    this.#surplus = 0;
  }

  // The counts of prom-client's samples are cumulated.
  #writeBuckets(cells: Float64Array, bounds: readonly number[]): void {
    let below = 0;
    for (const [i, bound] of bounds.entries()) {
      const total = this.#parts.get(bound) ?? below;
      cells[EXPLICIT_CELLS.buckets + i] = Math.max(0, total - below);
      below = Math.max(below, total);
    }
    cells[EXPLICIT_CELLS.buckets + bounds.length] = Math.max(0, this.#value - below);
  }
}

function labelsIn({ labels }: GivenLabels): GivenLabels {
  return isObject(labels) ? labels : {};
}

// Values are compared and shown as texts, as in prom-client, `undefined` too. Labels of a series win, unless they are empty.
function attributesFrom(labels: GivenLabels, defaults: GivenLabels): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(labels)) attributes[name] = labelText(value);
  for (const [name, value] of Object.entries(defaults)) attributes[name] ||= labelText(value);
  return attributes;
}

function isExemplar(value: unknown): value is Omit<Exemplar, "set"> {
  return (
    isObject(value) &&
    isObject(value["labelSet"]) &&
    typeof value["value"] === "number" &&
    typeof value["timestamp"] === "number"
  );
}
