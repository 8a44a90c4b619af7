/** Functions that combine the metrics of several processes. */
import type { MetricObjectWithValues, MetricValueWithName } from "./contracts.ts";

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

function keyOf({ metricName, labels }: MetricValueWithName<string>): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== undefined);
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metricName, ...pairs.map(([name, value]) => [name, String(value)])]);
}
