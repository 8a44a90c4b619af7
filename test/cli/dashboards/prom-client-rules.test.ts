import promClient from "prom-client";
import { expect, test } from "vitest";
import { exportRules } from "../../../src/alerts/index.ts";
import { PROM_CLIENT_RULES } from "../../../src/cli/dashboards/prom-client-rules.ts";
import { RemoteHistory } from "../../../src/history/index.ts";
import { waitMillis } from "../../kit/test-length.ts";
import { needs } from "../../servers/needs.ts";
import { promtool } from "../../alerts/evaluation/promtool.ts";
import { busyApplication } from "./busy-application.ts";

// Read by the dashboard "NodeJS Application Dashboard" (11159).
const OF_THE_DASHBOARD: readonly string[] = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_eventloop_lag_seconds",
  "nodejs_heap_size_total_bytes",
  "nodejs_heap_size_used_bytes",
  "nodejs_heap_space_size_available_bytes",
  "nodejs_heap_space_size_total_bytes",
  "nodejs_heap_space_size_used_bytes",
  "nodejs_version_info",
  "process_cpu_seconds_total",
  "process_cpu_system_seconds_total",
  "process_cpu_user_seconds_total",
  "process_resident_memory_bytes",
  "process_start_time_seconds",
];

const rules = PROM_CLIENT_RULES.rules.flatMap((rule) => ("record" in rule ? [rule] : []));

test("promtool accepts the rules", async (context) => {
  needs(context, "promtool");
  const files = { "rules.yml": exportRules([PROM_CLIENT_RULES]) };
  const { code, output } = await promtool(files, ["check", "rules", "--lint=all", "rules.yml"]);
  expect({ code, output }).toEqual({
    code: 0,
    output: expect.stringContaining(`${rules.length} rules found`),
  });
});

test("the rules record the metrics of the known dashboard", () => {
  expect(rules.map(({ record }) => record)).toEqual(expect.arrayContaining([...OF_THE_DASHBOARD]));
});

test(
  "the series have the names, the labels and about the values of prom-client in the same process",
  {
    timeout: waitMillis * 2,
  },
  async () => {
    const register = new promClient.Registry();
    promClient.collectDefaultMetrics({ register });
    const { url } = await busyApplication();
    const history = new RemoteHistory({ url });
    const asked = async (expression: string): Promise<readonly { labels: object; value: unknown }[]> => {
      const result = await history.query(expression);
      return result.kind === "vector" ? result.series : [];
    };
    for (const { record, expr } of rules) {
      // A collection of garbage may not have occurred.
      if (record.startsWith("nodejs_gc_")) continue;
      await expect.poll(() => asked(expr), { timeout: waitMillis, message: record }).not.toEqual([]);
    }
    const theirs = await register.getMetricsAsJSON();
    for (const { record, expr } of rules) {
      const family = theirs.find(({ name }) => name === record.replace(/_(?:bucket|sum|count)$/, ""));
      expect([record, family]).not.toContain(undefined);
      if (record.startsWith("nodejs_gc_")) continue;
      const [series] = await asked(expr);
      const labels = Object.keys(series?.labels ?? {}).filter(
        (label) => !/^(?:__name__|otel_.*)$/.test(label),
      );
      const [first] = family?.values ?? [];
      const known = Object.keys(first?.labels ?? {});
      expect(known).toEqual(expect.arrayContaining(labels));
    }
    const [start] = await asked(ruleOf("process_start_time_seconds"));
    expect(Math.abs(Number(start?.value) - (Date.now() / 1_000 - process.uptime()))).toBeLessThan(60);
    const [version] = await asked(ruleOf("nodejs_version_info"));
    expect(version?.labels).toMatchObject({ version: process.version });
    const [memory] = await asked(ruleOf("process_resident_memory_bytes"));
    const ratio = Number(memory?.value) / process.memoryUsage().rss;
    expect([ratio > 0.5, ratio < 2]).toEqual([true, true]);
    await history.close();
  },
);

function ruleOf(name: string): string {
  return rules.find(({ record }) => record === name)?.expr ?? "";
}
