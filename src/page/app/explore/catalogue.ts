// Names that complete an expression, from the API.
import type { AggregationOperator } from "../../../query/expression.ts";
import { FUNCTION_NAMES, isExperimental, signatureOf } from "../../../query/function-signatures.ts";
import { request } from "./api.ts";
import type { CompletionPlace } from "./completion.ts";

/** A completion. */
export interface Suggestion {
  readonly text: string;
  /** The text with brackets or quotes, as it is inserted. */
  readonly insert: string;
  /** Kind or description. */
  readonly detail: string;
}

const AGGREGATIONS: Readonly<Record<AggregationOperator, string>> = {
  avg: "aggregation",
  bottomk: "aggregation",
  count: "aggregation",
  count_values: "aggregation",
  group: "aggregation",
  limit_ratio: "aggregation, experimental",
  limitk: "aggregation, experimental",
  max: "aggregation",
  min: "aggregation",
  quantile: "aggregation",
  stddev: "aggregation",
  stdvar: "aggregation",
  sum: "aggregation",
  topk: "aggregation",
};

/** Functions and aggregations with their arguments. */
export const OPERATIONS: readonly Suggestion[] = [
  ...Object.entries(AGGREGATIONS).map(([text, detail]) => ({ text, insert: `${text}(`, detail })),
  ...FUNCTION_NAMES.map((text) => ({
    text,
    insert: `${text}(`,
    detail: `(${signatureOf(text).args.join(", ")})${isExperimental(text) ? ", experimental" : ""}`,
  })),
];

const DURATIONS = ["1m", "5m", "15m", "1h"];
const lists = new Map<string, Promise<readonly Suggestion[]>>();
const LIST_MILLIS = 30_000;

/** The texts that fit at a place. An empty list if the API cannot be reached. */
export async function suggestionsAt(place: CompletionPlace): Promise<readonly Suggestion[]> {
  const { kind, metric, label } = place;
  switch (kind) {
    case "name":
      return [...(await metricNames()), ...OPERATIONS];
    case "label":
      return (await labelNames(metric)).map((text) => ({ text, insert: `${text}="`, detail: "label" }));
    case "grouping":
      return (await labelNames(metric)).map((text) => ({ text, insert: text, detail: "label" }));
    case "value":
      return await labelValues(metric, label);
    case "duration":
      return DURATIONS.map((text) => ({ text, insert: text, detail: "duration" }));
    default:
      return kind satisfies never;
  }
}

/** Names of metrics with their help. */
export function metricNames(): Promise<readonly Suggestion[]> {
  return cached("metrics", async () => {
    const [names, metadata] = await Promise.all([
      request<readonly string[]>("label/__name__/values", new URLSearchParams()),
      request<Readonly<Record<string, readonly { readonly type: string; readonly help: string }[]>>>(
        "metadata",
        new URLSearchParams(),
      ),
    ]);
    return names.data.map((text) => {
      const family = text.replace(/_(?:bucket|count|sum)$/, "");
      const [found] = metadata.data[text] ?? metadata.data[family] ?? [];
      return { text, insert: text, detail: found === undefined ? "" : `${found.type}: ${found.help}` };
    });
  });
}

async function labelNames(metric: string): Promise<readonly string[]> {
  const found = await cached(`labels ${metric}`, async () => {
    const { data } = await request<readonly string[]>("labels", matching(metric));
    return data.filter((text) => text !== "__name__").map((text) => ({ text, insert: text, detail: "" }));
  });
  return found.map(({ text }) => text);
}

function labelValues(metric: string, label: string): Promise<readonly Suggestion[]> {
  return cached(`values ${metric} ${label}`, async () => {
    const { data } = await request<readonly string[]>(
      `label/${encodeURIComponent(label)}/values`,
      matching(metric),
    );
    // The value ends a string in double quotes.
    return data.map((text) => ({ text, insert: `${JSON.stringify(text).slice(1, -1)}"`, detail: "" }));
  });
}

function matching(metric: string): URLSearchParams {
  return new URLSearchParams(metric === "" ? {} : { "match[]": metric });
}

function cached(key: string, load: () => Promise<readonly Suggestion[]>): Promise<readonly Suggestion[]> {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list = load().catch((): readonly Suggestion[] => []);
  lists.set(key, list);
  setTimeout(() => lists.delete(key), LIST_MILLIS);
  return list;
}
