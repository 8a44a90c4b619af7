import { Health } from "tachymeter/facades";
import { MeterProvider } from "tachymeter/metrics";
import { expect, test } from "vitest";

test("the fields of a component are in the same order in every report", async () => {
  const health = new Health({ meterProvider: new MeterProvider() });
  health.register("database", () => ({ status: "degraded", reason: "slow" }), { critical: false });
  await health.check();
  const order = ["status", "reason", "critical", "checkedAt", "durationSeconds"];
  const fields = (): string[] => Object.keys(health.report().components["database"] ?? {});
  expect(fields()).toEqual(order);
  health.set("database", "unhealthy", "gone");
  expect(fields()).toEqual(order);
  expect(health.report().components["database"]?.critical).toBe(false);
  health.remove("database");
});
