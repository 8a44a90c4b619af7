import { History } from "tachymeter/history";
import { expect, test } from "vitest";
import { query, queryRange } from "../../../src/query/evaluation/query.ts";
import type { QueryResult } from "../../../src/query/result.ts";
import { queryEngine } from "../../servers/query-engines.ts";
import { BEGIN, END, recorded } from "../kit/recorded.ts";

const EXPRESSIONS = [
  "kit_sent_total",
  'kit_sent_total{queue_name=~"jobs|späte"}',
  'kit_sent_total{otel_scope_name="kit", queue_name!="mail"}',
  "rate(kit_sent_total[5m])",
  "sum by (queue_name) (increase(kit_volume_bytes_total[2m]))",
  "max_over_time(kit_depth[1m]) - min_over_time(kit_depth[1m])",
  "histogram_quantile(0.9, sum by (le) (rate(kit_duration_seconds_bucket[5m])))",
  'kit_duration_seconds_bucket{le="0.25"}',
  'kit_duration_seconds_bucket{le=~"1.0|\\\\+Inf", queue_name="jobs"}',
  "kit_duration_seconds_sum / kit_duration_seconds_count",
  'count by (__name__) ({__name__=~"kit_.+", __name__!="kit_visit_ratio"})',
  "resets(kit_volume_bytes_total[20m])",
  "count_over_time(kit_visit_ratio[30m])",
  "absent(kit_sent_total)",
  "kit_nothing",
];

test("a query over history has the result of Prometheus over the same samples", async (context) => {
  const { path, openMetrics } = await recorded();
  const url = await queryEngine(context, "Prometheus 3", openMetrics);
  await using history = await History.open({ path, readOnly: true });
  for (const expression of EXPRESSIONS) {
    for (const time of [BEGIN + 295, BEGIN + 1_005, END]) {
      const theirs = await asked(url, "query", { query: expression, time: String(time) });
      const ours = await query(expression, { source: history, time });
      expect([expression, time, rowsOf(ours)]).toEqual([expression, time, expectedRows(theirs)]);
    }
    const range = { query: expression, start: String(BEGIN), end: String(BEGIN + 1_490), step: "30" };
    const theirs = await asked(url, "query_range", range);
    const options = { source: history, from: BEGIN, to: BEGIN + 1_490, step: 30 };
    const ours = await queryRange(expression, options);
    expect([expression, rowsOf(ours)]).toEqual([expression, expectedRows(theirs)]);
  }
});

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [time: number, value: number])[];
}

function rowsOf(result: QueryResult): readonly Row[] {
  switch (result.kind) {
    case "vector":
      return inOrder(
        result.series.map(({ labels, time, value }) => ({ labels, points: [[time, Number(value)]] })),
      );
    case "matrix":
      return inOrder(
        result.series.map(({ labels, times, values }) => ({
          labels,
          points: Array.from(times, (time, i) => [time, values[i] ?? Number.NaN] as const),
        })),
      );
    default:
      return [];
  }
}

interface TheirSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

// Numbers are equal to nine digits.
function expectedRows(series: readonly TheirSeries[]): unknown {
  return inOrder(
    series.map(({ metric, value, values = value === undefined ? [] : [value] }) => ({
      labels: metric,
      points: values.map(([time, text]) => [time, Number(text)] as const),
    })),
  ).map(({ labels, points }) => ({
    labels,
    points: points.map(([time, value]) => [time, expect.closeTo(value, 9)]),
  }));
}

function inOrder(rows: readonly Row[]): readonly Row[] {
  const keyOf = ({ labels }: Row): string =>
    JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

async function asked(
  url: string,
  path: string,
  parameters: Readonly<Record<string, string>>,
): Promise<readonly TheirSeries[]> {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
  const answer: { readonly data: { readonly result: readonly TheirSeries[] } } = JSON.parse(
    await response.text(),
  );
  return answer.data.result;
}
