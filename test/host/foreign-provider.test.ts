import { diag, metrics } from "@opentelemetry/api";
import { afterEach, expect, test, vi } from "vitest";
import { startOnAnyProvider } from "../../src/sdk/start.ts";
import { collectingProvider } from "../kit/collecting.ts";

afterEach(() => {
  metrics.disable();
  diag.disable();
  vi.unstubAllEnvs();
});

test("host metrics are recorded on another SDK's provider until shutdown", async (context) => {
  context.skip(process.platform !== "linux", "upstream's host metrics cannot be taken back");
  vi.stubEnv("OTEL_METRICS_EXPORTER", "none");
  vi.stubEnv("OTEL_LOG_LEVEL", "none");
  const { provider, points } = collectingProvider();
  metrics.setGlobalMeterProvider(provider);
  const tachymeter = startOnAnyProvider();
  expect(await points("system.memory.limit")).toHaveLength(1);
  await tachymeter.shutdown();
  expect(await points("system.memory.limit")).toEqual([]);
});
