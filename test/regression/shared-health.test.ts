import { metrics } from "@opentelemetry/api";
import { running, start } from "tachymeter";
import { Health } from "tachymeter/facades";
import { MeterProvider } from "tachymeter/metrics";
import { afterEach, expect, test } from "vitest";

afterEach(async () => {
  await running()?.shutdown();
  metrics.disable();
});

test("a status that a facade brings to its provider does not remove checks there", async () => {
  const provider = new MeterProvider();
  const first = new Health({ meterProvider: provider });
  let checks = 0;
  first.register("database", () => ++checks > 0, { interval: 3_600 });
  const late = new Health();
  late.set("database", "degraded");
  metrics.setGlobalMeterProvider(provider);
  late.set("cache", "healthy");
  const before = checks;
  const { components } = await first.check("database");
  expect(checks).toBe(before + 1);
  expect(components).toMatchObject({ cache: { status: "healthy" }, database: { status: "healthy" } });
  first.remove("database");
});

test("the shutdown of the telemetry does not remove checks of the application's own facade", async () => {
  const telemetry = start({ readers: [], host: false, runtime: false });
  const own = new Health();
  let checks = 0;
  const remove = own.register("database", () => ++checks > 0, { interval: 3_600 });
  own.watchSystem({ memory: true, interval: 3_600 });
  await telemetry.shutdown();
  const before = checks;
  await own.check("database");
  expect(checks).toBe(before + 1);
  remove();
});
