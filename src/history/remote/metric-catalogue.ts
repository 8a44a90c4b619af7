// Which metrics an engine has, looked up once each.
import type { KnownMetric } from "../question.ts";
import type { RemoteLabels } from "./answers.ts";
import type { ApiClient } from "./api-client.ts";
import {
  meantMetric,
  type Metadata,
  metricsOfNames,
  namesPattern,
  type RemoteMetric,
  seriesName,
} from "./metric.ts";
import { type LabelOf, labelsByKey, literal, quoted, selectorOf } from "./selector.ts";
import { FRESH } from "./time-of-points.ts";

// Who asks for more in one program asks for any.
const MAX_REMEMBERED = 1_000;

/** The metrics of an engine. */
export class MetricCatalogue {
  readonly #client: ApiClient;
  readonly #metrics = new Map<string, RemoteMetric>();
  readonly #labels = new Map<string, ReadonlySet<string>>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** The metric of a name, OpenTelemetry's or the engine's own; undefined where there is none. */
  async metric(name: string, signal?: AbortSignal): Promise<RemoteMetric | undefined> {
    const known = this.#metrics.get(name);
    if (known !== undefined) return known;
    const pattern = quoted(namesPattern(name, literal));
    const names = await this.#names(`{__name__=~${pattern}}`, signal);
    const metric = meantMetric(name, metricsOfNames(names, await this.#metadata(signal)));
    if (metric !== undefined) remember(this.#metrics, name, metric);
    return metric;
  }

  /** All metrics. */
  async metrics(): Promise<readonly KnownMetric[]> {
    const [names, metadata, counted] = await Promise.all([
      this.#names('{__name__!=""}'),
      this.#metadata(),
      this.#client.ask("query", { query: 'count by (__name__) ({__name__!=""})', ...FRESH }),
    ]);
    const counts = new Map(
      counted.data.result.map(({ metric, value }) => [nameOf(metric), Number(value?.[1] ?? 0)]),
    );
    return metricsOfNames(names, metadata).map((metric) => {
      const { name, type, unit } = metric;
      return { name, type, unit, series: counts.get(seriesName(metric)) ?? 0 };
    });
  }

  /** How the engine calls the attributes of a metric that a question names. */
  async labelOf(metric: RemoteMetric, keys: readonly string[], signal?: AbortSignal): Promise<LabelOf> {
    // Labels of Prometheus' own kind are called as they are.
    if (keys.every((key) => /^[a-zA-Z_]\w*$/.test(key))) return labelsByKey(new Set());
    const name = seriesName(metric);
    const known = this.#labels.get(name);
    if (known !== undefined && keys.every((key) => known.has(labelsByKey(known)(key))))
      return labelsByKey(known);
    const { data } = await this.#client.ask(
      "labels",
      { "match[]": selectorOf(name, {}, (key) => key), start: 1 },
      signal,
    );
    const labels = new Set(data);
    remember(this.#labels, name, labels);
    return labelsByKey(labels);
  }

  async #names(selector: string, signal?: AbortSignal): Promise<readonly string[]> {
    const { data } = await this.#client.ask(
      "label/__name__/values",
      { "match[]": selector, start: 1 },
      signal,
    );
    return data;
  }

  // What came by OTLP has none; some engines have no such API.
  async #metadata(signal?: AbortSignal): Promise<Metadata> {
    try {
      return (await this.#client.ask("metadata", {}, signal)).data;
    } catch {
      signal?.throwIfAborted();
      return {};
    }
  }
}

function nameOf(labels: RemoteLabels): string {
  return labels["__name__"] ?? "";
}

function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  if (map.size >= MAX_REMEMBERED) map.clear();
  map.set(name, value);
}
