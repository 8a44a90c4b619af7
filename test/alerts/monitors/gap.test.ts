// A process that stood still, as in a laptop's sleep: faults that ended before do not fire again, and bursts later do.
import { expect, test } from "vitest";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { sloGroups } from "../../../src/alerts/slo/slo-groups.ts";
import { runRules } from "./engine-run.ts";

const SAMPLE_SECONDS = 15;
const GAP = { from: 30, to: 36.25 };

// A counter that began with a burst, at a minute.
function burst(series: string, minute: number): { series: string; values: string } {
  return {
    series: series.replace("{", `{job="shop",instance="a",`),
    values: samples((at) => (at < minute ? undefined : 40)),
  };
}

function samples(valueAt: (minute: number) => number | undefined): string {
  return Array.from({ length: 90 / (SAMPLE_SECONDS / 60) }, (_, i) => {
    const minute = (i * SAMPLE_SECONDS) / 60;
    return minute > GAP.from && minute < GAP.to ? "_" : (valueAt(minute) ?? "_");
  }).join(" ");
}

test("after a gap nothing fires for what ended before, and a burst in a new series does", async () => {
  const fired = new Map<string, number>();
  await runRules({
    groups: [
      ...monitorGroups().filter(({ name }) => /commands|telemetry/.test(name)),
      ...sloGroups([
        { name: "orders", objective: 0.999, good: 'orders_total{ok="1"}', total: "orders_total" },
      ]),
    ],
    series: [
      {
        series: `process_uptime_seconds{job="shop",instance="a"}`,
        values: samples((minute) => 3_600 + 60 * minute),
      },
      burst('commands_executed_total{command_name="git",outcome="failure"}', 5),
      burst('telemetry_dropped_total{reason="negative"}', 5),
      burst('alerts_rule_failures_total{alert_rule_group="g"}', 5),
      burst('telemetry_outbox_dropped_total{reason="full"}', 5),
      burst('telemetry_events_dropped_total{reason="hook_error"}', 5),
      burst('commands_executed_total{command_name="tar",outcome="failure"}', 60),
      burst('telemetry_dropped_total{reason="unit"}', 60),
      burst('orders_total{ok="0"}', 60),
    ],
    sampleMillis: SAMPLE_SECONDS * 1_000,
    stepMinutes: 1,
    minutes: 70,
    missingData: "hold",
    onStep: (minute, engine) => {
      // Without evaluations in the gap, as the process has none.
      if (minute < 27) return;
      for (const { name, state, labels } of engine.active()) {
        const key = `${name} ${labels["command_name"] ?? labels["reason"] ?? labels["long"] ?? ""}`;
        if (state === "firing" && !fired.has(key)) fired.set(key, minute);
      }
    },
  });
  expect(Object.fromEntries(fired)).toEqual({
    "MeasurementsDropped unit": 60,
    "CommandsFailing tar": 61,
    "ErrorBudgetBurning 1h": 62,
  });
});
