// Backend on a remote history. It reads metrics; the readers export them to it. Events are not supported.
import { Events } from "../../events/events.ts";
import type { AggregateName, MetricType } from "../question.ts";
import type { RemoteHistory } from "../remote/index.ts";
import type { Sample } from "../store/stored.ts";
import type { Backend, Condition, Findings, WorkedOut } from "./backend.ts";
import type { BridgeAggregation, MetricsQuestion } from "./checks.ts";

/** A remote history does not support storing the data. */
export class RemoteStorageError extends Error {
  override readonly name = "RemoteStorageError";
  readonly code = "TACHYMETER_REMOTE_STORAGE";
}

type Range = NonNullable<MetricsQuestion["range"]>;

/** A metric and the start of its range. */
type Found = WorkedOut & Pick<Range, "from">;

const AT_ONCE = 8;

/** Backend on a remote history. */
export class RemoteBackend implements Backend {
  readonly events: Events = Events.withoutRecent();
  readonly retention: Backend["retention"];
  readonly intervalMillis: number = 60_000;
  readonly #source: RemoteHistory;

  /** @param eventsDays retention of the events' log backend, as configured */
  constructor(source: RemoteHistory, eventsDays: number) {
    this.#source = source;
    this.retention = { eventsDays, metricsDays: Infinity };
  }

  storeEvent(): Promise<boolean> {
    const message =
      "remote histories cannot store events; this one was only passed to the OpenTelemetry logger provider, if any; set connection_string to a file instead";
    return Promise.reject(new RemoteStorageError(message));
  }

  storeSample({ metric, value }: Sample, isShown: boolean): Promise<void> {
    if (isShown) return Promise.resolve();
    const reason =
      typeof value === "string"
        ? "a remote history cannot store texts; set connection_string to a file to store them"
        : "a remote history receives only current values, from the readers of a running SDK; call start() first, and use no older timestamp";
    return Promise.reject(new RemoteStorageError(`metric "${metric}": ${reason}`));
  }

  async find(question: MetricsQuestion): Promise<Findings> {
    const names = [...(question.names ?? (await this.#names()))];
    const metrics: Found[] = [];
    const now = Date.now();
    const find = async (name: string): Promise<Found | undefined> => {
      const range = question.range ?? (await this.#retained(name, now));
      const found = range && (await this.#workOut(name, question.aggregation, range));
      return found && { ...found, from: range.from };
    };
    while (names.length > 0) {
      const found = await Promise.all(names.splice(0, AT_ONCE).map(find));
      metrics.push(...found.filter((each) => each !== undefined));
    }
    const oldest = metrics.reduce((least, { from }) => Math.min(least, from), now);
    return { metrics, texts: [], beyond: [], ...(question.range ?? { from: oldest, to: now }) };
  }

  /** The size is unknown. Rejects if the server does not respond to a query. */
  async condition(): Promise<Condition> {
    await this.#source.query("vector(1)");
    return { writeError: undefined, isInMemory: false, share: Number.NaN };
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  async #names(): Promise<readonly string[]> {
    const names = new Set<string>();
    for await (const { name } of this.#source.metrics()) names.add(name);
    return [...names];
  }

  async #retained(name: string, to: number): Promise<Range | undefined> {
    const oldest = await this.#source.oldest(name);
    return oldest === undefined ? undefined : { from: Math.min(oldest * 1_000, to), to };
  }

  async #workOut(name: string, aggregation: BridgeAggregation, range: Range): Promise<WorkedOut | undefined> {
    const { type, values: counts } = await this.#ask(name, "COUNT", range);
    if (counts.length === 0) return undefined;
    const sampleCount = Math.round(sumOf(counts));
    if (aggregation === "COUNT") return { name, value: sampleCount, sampleCount };
    const { values } = await this.#ask(name, aggregateFor(aggregation, type), range);
    const value = combined(aggregation, type, values, sumOf(counts));
    return values.length > 0 && Number.isFinite(value) ? { name, value, sampleCount } : undefined;
  }

  async #ask(
    metric: string,
    aggregate: AggregateName,
    { from, to }: Range,
  ): Promise<{ readonly type: MetricType; readonly values: readonly number[] }> {
    const times = { from: from / 1_000, to: to / 1_000 };
    const { type, series } = await this.#source.query({ metric, aggregate, ...times });
    return { type, values: series.flatMap(({ points }) => points.slice(-1).map(([, value]) => value)) };
  }
}

function aggregateFor(aggregation: BridgeAggregation, type: MetricType): AggregateName {
  // Only the increase of a counter is meaningful.
  if (type === "counter") return "INCREASE";
  // Means of series cannot be averaged.
  return aggregation === "MEAN" ? "SUM" : aggregation;
}

function combined(
  aggregation: BridgeAggregation,
  type: MetricType,
  values: readonly number[],
  count: number,
): number {
  if (type === "counter") return sumOf(values);
  if (aggregation === "MIN") return values.reduce((least, value) => Math.min(least, value), Infinity);
  if (aggregation === "MAX") return values.reduce((most, value) => Math.max(most, value), -Infinity);
  return aggregation === "MEAN" ? sumOf(values) / count : sumOf(values);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
