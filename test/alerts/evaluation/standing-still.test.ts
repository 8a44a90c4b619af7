// Evaluations that are missing: those of a process that stood still are not failures, those that a slow one delayed are.
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import { sampleSourceOf } from "../../../src/query/given-source.ts";
import { createTestTelemetry } from "../../../src/testing/index.ts";

const INTERVAL_MILLIS = 50;

function stoodStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20 * INTERVAL_MILLIS);
}

// The number of failures after a pause of 20 intervals and the evaluation behind it.
async function failuresAfter(pauses: "between evaluations" | "within an evaluation"): Promise<number> {
  const telemetry = createTestTelemetry();
  const { groups } = checkGroups("test", [{ name: "g", rules: [{ alert: "A", expr: "x > 0" }] }]);
  let evaluated = 0;
  const source = sampleSourceOf({
    // oxlint-disable-next-line require-yield, typescript/require-await -- there are no series.
    async *select() {
      if (evaluated === 2 && pauses === "within an evaluation") stoodStill();
    },
  });
  const engine = new RuleEngine({
    groups,
    source,
    intervalMillis: INTERVAL_MILLIS,
    meter: telemetry.meterProvider.getMeter("test"),
    onEvaluated: () => void evaluated++,
  });
  engine.start();
  await expect.poll(() => evaluated, { interval: 1 }).toBe(2);
  if (pauses === "between evaluations") {
    // The evaluation is over.
    for (let i = 0; i < 3; i++) await turn();
    stoodStill();
  }
  await expect.poll(() => evaluated, { interval: 1 }).toBeGreaterThanOrEqual(4);
  await engine.end();
  return Number((await telemetry.value("alerts.rule.failures", { "alert.rule.group": "g" })) ?? 0);
}

test("evaluations that were due while the process stood still are not failures", async () => {
  expect(await failuresAfter("between evaluations")).toBeLessThan(10);
});

test("evaluations that were due while a slow one went on are failures", async () => {
  expect(await failuresAfter("within an evaluation")).toBeGreaterThan(10);
});
