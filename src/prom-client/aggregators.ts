/** Functions that combine the metrics of several processes. */
import type { MetricObjectWithValues, MetricValueWithName } from "./contracts.ts";
import { isObject } from "./label-checks.ts";
import type { Sample } from "./sample-lines.ts";

type Aggregated = Omit<MetricObjectWithValues<MetricValueWithName<string>>, "collect">;
type Values = readonly MetricValueWithName<string>[];

/** Combines the same metric of several processes; `undefined` leaves it out. */
export type AggregatorFunction = (metrics: readonly Aggregated[]) => Aggregated | undefined;

/** The functions by their names. */
export const aggregators: Readonly<
  Record<"sum" | "first" | "omit" | "average" | "min" | "max", AggregatorFunction>
> = {
  sum: combining(sumOf),
  first: combining(([first]) => first?.value ?? 0),
  omit: () => undefined,
  average: combining((values) => sumOf(values) / values.length),
  min: combining((values) => values.reduce((min, { value }) => Math.min(min, value), Infinity)),
  max: combining((values) => values.reduce((max, { value }) => Math.max(max, value), -Infinity)),
};

function combining(valueOf: (values: Values) => number): AggregatorFunction {
  return (metrics) => {
    const [first] = metrics;
    if (first === undefined) return undefined;
    const { help, name, type, aggregator } = first;
    const groups = new Map<string, MetricValueWithName<string>[]>();
    for (const { values } of metrics) {
      for (const value of values) {
        const key = keyOf(value);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [value]);
        else group.push(value);
      }
    }
    const values = [...groups.values()].flatMap((group) => {
      const { labels, metricName } = group[0] ?? { labels: {} };
      return { value: valueOf(group), labels, ...(metricName && { metricName }) };
    });
    return { help, name, type, values, aggregator };
  };
}

function sumOf(values: Values): number {
  return values.reduce((sum, { value }) => sum + value, 0);
}

// The sum of a summary without labels has none in the successor.
function keyOf({ metricName, labels = {} }: Sample): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== undefined);
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metricName, ...pairs.map(([name, value]) => [name, String(value)])]);
}

/**
 * Adds the metrics of several registries to `registry`, combined by each metric's `aggregator`. As in the successor, that
 * is `sum` for metrics without one, and all samples of one name stand together.
 */
export function addCombined(
  registry: { registerMetric(metric: object): void },
  metricsOfAll: readonly object[],
  { isSuccessor = false }: { readonly isSuccessor?: boolean } = {},
): void {
  const byName = new Map<string, Aggregated[]>();
  for (const metric of metricsOfAll.flatMap(describedIn)) {
    const known = byName.get(metric.name);
    if (known === undefined) byName.set(metric.name, [metric]);
    else known.push(metric);
  }
  for (const [name, metrics] of byName) {
    const combined = aggregatorOf(metrics[0]?.aggregator ?? (isSuccessor ? "sum" : undefined))(metrics);
    if (combined === undefined) continue;
    const values = isSuccessor ? groupedByName(combined.values) : combined.values;
    const all = { ...combined, name, values };
    registry.registerMetric({ ...all, get: () => all });
  }
}

function describedIn(metrics: unknown): Aggregated[] {
  return Array.isArray(metrics) ? metrics.filter(isDescribed) : [];
}

function isDescribed(metric: unknown): metric is Aggregated {
  return isObject(metric) && typeof metric["name"] === "string";
}

function aggregatorOf(name: string | undefined): AggregatorFunction {
  const found = Object.entries(aggregators).find(([each]) => each === name)?.[1];
  if (found === undefined) throw new Error(`'${String(name)}' is not a defined aggregator.`);
  return found;
}

function groupedByName(values: Values): MetricValueWithName<string>[] {
  const names = new Set(values.map(({ metricName }) => metricName));
  return [...names].flatMap((name) => values.filter(({ metricName }) => metricName === name));
}
