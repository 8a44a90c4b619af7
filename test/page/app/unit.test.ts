import { expect, test } from "vitest";
import { type Tree, unitOf } from "../../../src/page/app/explore/unit.ts";
import { treeDocument } from "../../../src/query/http/tree-document.ts";
import { parse } from "../../../src/query/syntax/parse.ts";

function unit(expression: string): string {
  const parsed = parse(expression, { experimental: true });
  const tree: Tree = JSON.parse(JSON.stringify(treeDocument(parsed, expression)));
  return unitOf(tree);
}

test.each([
  ["process_memory_usage_bytes", "By"],
  ["sum by (instance) (process_memory_usage_bytes{a='rate('})", "By"],
  ["max_over_time(process_memory_usage_bytes[5m:1m] offset 1h)", "By"],
  ["first_over_time(process_memory_usage_bytes[5m])", "By"],
  ["mad_over_time(process_memory_usage_bytes[5m])", "By"],
  ["info(process_memory_usage_bytes)", "By"],
  ["histogram_quantiles(rate(wait_seconds[5m]), 'q', 0.5)", "s"],
  ["-(process_memory_usage_bytes > 1000)", "By"],
  ["process_memory_usage_bytes + 5", "By"],
  ["rate(traffic_bytes_total[1m])", "By/s"],
  ["rate(process_cpu_time_seconds_total[1m])", "s/s"],
  ["rate(orders_total[1m])", "{value}/s"],
  ["topk(5, nodejs_eventloop_utilization_ratio)", "1"],
  ["histogram_quantile(0.95, sum by (le) (rate(wait_seconds_bucket[5m])))", "s"],
  ["histogram_quantile(0.95, rate(wait_seconds[5m]))", "s"],
  ["histogram_count(rate(wait_seconds[5m]))", "{value}/s"],
  ["rate(wait_seconds_sum[5m]) / rate(wait_seconds_count[5m])", "s"],
  ["rate(wait_seconds_count[5m])", "{value}/s"],
  ["wait_seconds_bucket", "{value}"],
  ["topk(3, sum by (le) (wait_seconds_bucket))", "{value}"],
])("the unit of %s is %s", (expression, expected) => {
  expect(unit(expression)).toBe(expected);
});

test.each([
  "timestamp(process_memory_usage_bytes)",
  "count_over_time(process_memory_usage_bytes[1m])",
  "count(process_memory_usage_bytes)",
  "process_memory_usage_bytes > bool 5",
  "process_memory_usage_bytes * process_memory_usage_bytes",
  "process_memory_usage_bytes / 1024",
  "process_memory_usage_bytes + process_uptime_seconds",
  "changes(process_uptime_seconds[5m])",
  "stdvar(process_uptime_seconds)",
  "orders_total",
  "time()",
  '"x_seconds"',
])("%s has no unit", (expression) => {
  expect(unit(expression)).toBe("");
});
