// Counts of events by monitors, which are exact if the source knows the starts of series.
import { afterEach, expect, test, vi } from "vitest";
import { Coordination } from "tachymeter/facades";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { counted, withExactCounts } from "../../../src/alerts/monitors/ratios.ts";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { sloGroups } from "../../../src/alerts/slo/slo-groups.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import { GivenSource } from "../../../src/query/given-source.ts";
import { query } from "../../../src/query/evaluation/query.ts";
import { renamed } from "../../../src/query/renamed.ts";
import type { SampleSource } from "../../../src/query/sample-source.ts";
import { formatTree } from "../../../src/query/syntax/expression-text.ts";
import { parse } from "../../../src/query/syntax/parse.ts";
import { collectedColumns } from "../../query/live/collected-columns.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("all counts of monitors are exact increases, also under other names of metrics", () => {
  const slo = { name: "checkout", good: 'a_total{code!="500"}', total: "a_total", objective: 0.999 };
  const budget = { name: "models", budget: 20, spent: 'llm_cost_total{currency="USD"}' };
  const expressions = [...monitorGroups(), ...sloGroups([slo, budget])].flatMap(({ rules }) =>
    rules.map(({ expr }) => expr),
  );
  const withPrefix = expressions.map((expr) => renamed(expr, (name) => `shop_${name}`));
  // Samples after a gap, which only counts look for.
  const ofCounts = /count_over_time\((?:shop_)?process_uptime_seconds\[/;
  for (const all of [expressions, withPrefix]) {
    expect(all.filter((text) => ofCounts.test(text)).length).toBeGreaterThan(20);
    const exact = all.map((text) => formatTree(withExactCounts(parse(text))));
    expect(exact.filter((text) => ofCounts.test(text))).toEqual([]);
  }
  const both = `${counted("a_total", "5m")} or ${counted('b_total{x="1"}', "1h")} or c`;
  expect(formatTree(withExactCounts(parse(both)))).toBe(
    'increase(a_total[5m]) or increase(b_total{x="1"}[1h]) or c',
  );
  const others = "a + b or increase(a_total[5m]) or increase(b_total[5m]) < 0";
  expect(formatTree(withExactCounts(parse(others)))).toBe(others);
});

test("a threshold is reached by the events that there were, from the first one on", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1e12 });
  const { meter, columns, collect } = collectedColumns();
  const { groups } = checkGroups("test", [
    { name: "events", rules: [{ alert: "ThreeEvents", expr: `sum(${counted("events_total", "10m")}) > 2` }] },
  ]);
  // Without starts, the same samples are those of a Prometheus server.
  const plain = new GivenSource({ select: (selection) => columns.select(selection) });
  const engineOver = (source: SampleSource): RuleEngine =>
    new RuleEngine({ groups, source, intervalMillis: 15_000 });
  const [exact, extrapolated] = [engineOver(columns), engineOver(plain)];
  const events = meter.createCounter("events");
  const fired = { exact: [] as number[], extrapolated: [] as number[] };
  for (let i = 1; i <= 60; i++) {
    if (i === 1 || i === 41 || i === 42 || i === 50) events.add(1);
    vi.advanceTimersByTime(15_000);
    await collect(Date.now() / 1_000);
    for (const [name, engine] of [
      ["exact", exact],
      ["extrapolated", extrapolated],
    ] as const) {
      await engine.evaluate(undefined, Date.now());
      if (engine.active().length > 0) fired[name].push(i);
    }
  }
  // The first event is in the window until 40: there are two, and three from 50 on.
  expect(fired.exact).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60]);
  expect(fired.extrapolated[0]).toBeLessThan(50);
  await Promise.all([exact.end(), extrapolated.end()]);
});

test("the exact increase of a series that a rule writes also begins at the last sample before the window", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1e12 });
  const { meter, columns, collect } = collectedColumns();
  const { groups } = checkGroups("test", [
    { name: "sums", rules: [{ record: "job:orders", expr: "sum(orders_total)" }] },
  ]);
  const engine = new RuleEngine({ groups, source: columns, intervalMillis: 15_000 });
  const orders = meter.createCounter("orders");
  for (let i = 1; i <= 8; i++) {
    orders.add(2);
    vi.advanceTimersByTime(15_000);
    await collect(Date.now() / 1_000);
    await engine.evaluate(undefined, Date.now());
  }
  const increaseIn = async (range: string): Promise<unknown> => {
    const options = { source: engine.source, time: Date.now() / 1_000, exact: true };
    const result = await query(`increase(job:orders[${range}])`, options);
    return result.kind === "vector" && result.series.map(({ value }) => value);
  };
  expect(await increaseIn("15s")).toEqual([2]);
  expect(await increaseIn("1m")).toEqual([8]);
  // The first sample is the baseline: rules know no starts.
  expect(await increaseIn("1h")).toEqual([14]);
  await engine.end();
});

test("the first nodes that are lost are counted", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1e12 });
  const { provider, columns, collect } = collectedColumns();
  const coordination = new Coordination({ meterProvider: provider });
  for (const node of ["a", "b", "c"]) coordination.join(node, { lasting: true });
  const countedAfter = async (...lost: readonly string[]): Promise<unknown> => {
    for (const node of lost) coordination.leave(node, { lost: true });
    vi.advanceTimersByTime(15_000);
    await collect(Date.now() / 1_000);
    const options = { source: columns, time: Date.now() / 1_000, exact: true };
    const result = await query("increase(coordination_nodes_lost_total[30m])", options);
    return result.kind === "vector" && result.series.map(({ value }) => value);
  };
  expect([await countedAfter(), await countedAfter("a", "b"), await countedAfter("c")]).toEqual([
    [],
    [2],
    [3],
  ]);
});
