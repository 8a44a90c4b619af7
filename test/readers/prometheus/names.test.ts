import { renderPrometheus } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { counter, gauge, histogram, resourceMetrics, scope, upDownCounter } from "../resource-metrics.ts";
import { catalogue } from "./catalogue.ts";

const kinds = { counter, gauge, upDownCounter, histogram: oneBucket };

test.each(catalogue)("%s, a %s of %j, becomes %s in Prometheus", (name, kind, unit, expected) => {
  expect(prometheusName(name, kind, unit)).toBe(expected);
});

test.each([
  ["a unit in words", "size", "gauge", "By", "size_bytes"],
  ["milliseconds", "pause", "histogram", "ms", "pause_milliseconds"],
  ["a binary multiple", "size", "gauge", "MiBy", "size_mebibytes"],
  ["a share of a gauge", "system.cpu.utilization", "gauge", "1", "system_cpu_utilization_ratio"],
  ["a share of a sum that may fall", "load", "upDownCounter", "1", "load"],
  ["a count", "runs", "counter", "1", "runs_total"],
  ["per cent", "used", "gauge", "%", "used_percent"],
  ["a rate of bytes", "io", "gauge", "By/s", "io_bytes_per_second"],
  ["a rate per minute", "turns", "gauge", "{turn}/min", "turns_per_minute"],
  ["a rate of counts", "turns", "gauge", "1/h", "turns_per_hour"],
  ["a rate whose amount the name ends in", "io.bytes", "gauge", "By/s", "io_bytes_per_second"],
  ["an amount for each thing", "size", "gauge", "By/{request}", "size_bytes"],
  ["a word in braces beside a unit", "size", "gauge", "By{heap}", "size_bytes"],
  ["a unit of no table", "connections", "gauge", "sockets", "connections_sockets"],
  ["a unit with odd characters", "flux", "gauge", "J.m-2", "flux_J_m_2"],
  ["a unit that the name ends in", "request.duration.seconds", "histogram", "s", "request_duration_seconds"],
  ["a unit that is the name", "seconds", "gauge", "s", "seconds"],
  ["a name that ends in the unit's letters only", "nanoseconds", "gauge", "s", "nanoseconds_seconds"],
  ["a counter called total already", "requests.total", "counter", "", "requests_total"],
  ["a counter called total with its unit", "cpu.seconds_total", "counter", "s", "cpu_seconds_total"],
  ["a counter called total without its unit", "cpu.total", "counter", "s", "cpu_seconds_total"],
  ["a sum that may fall", "open.requests", "upDownCounter", "{request}", "open_requests"],
  ["dashes, slashes and dots", "a-b/c.d", "gauge", "", "a_b_c_d"],
  ["runs of odd characters", "a..b__c-.d", "gauge", "", "a_b_c_d"],
  ["a leading digit", "5xx.rate", "gauge", "", "_5xx_rate"],
] as const)("%s: %s, a %s of %j, is %s", (_, name, kind, unit, expected) => {
  expect(prometheusName(name, kind, unit)).toBe(expected);
});

test.each([
  ["requests_total", "counter", "", "requests_total"],
  ["requests", "counter", "", "requests"],
  ["my.size", "gauge", "By", "my_size"],
  ["a__b", "gauge", "", "a__b"],
  ["api_response_time", "histogram", "s", "api_response_time"],
] as const)(
  "a name passed to a register call is kept: %s, a %s of %j, becomes %s",
  (name, kind, unit, expected) => {
    expect(prometheusName(name, kind, unit, "tachymeter.collector")).toBe(expected);
  },
);

function prometheusName(name: string, kind: keyof typeof kinds, unit: string, scopeName = "test"): string {
  const metric = kinds[kind]({ name, unit }, [{}, 1]);
  const text = renderPrometheus(resourceMetrics([scope(scopeName, [metric])]));
  return /^# TYPE (\S+) /m.exec(text)?.[1] ?? text;
}

function oneBucket(described: { readonly name: string; readonly unit: string }) {
  return histogram(described, [1], [1, 0]);
}
