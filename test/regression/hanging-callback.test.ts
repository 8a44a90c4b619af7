import { diag } from "@opentelemetry/api";
import { MeterProvider } from "tachymeter/metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import { PullReader } from "../kit/pull-reader.ts";

test("a callback that hangs is not called again until it has ended, and delays one collection only", async () => {
  const error = vi.fn<(message: string) => void>();
  const ignore = (): void => {};
  diag.setLogger({ error, warn: error, info: ignore, debug: ignore, verbose: ignore });
  onTestFinished(() => diag.disable());
  const reader = new PullReader();
  const provider = new MeterProvider({ readers: [reader] });
  let settle = (): void => {};
  const callback = vi.fn<() => Promise<void>>(() => new Promise((resolve) => (settle = resolve)));
  provider.getMeter("shop").createObservableGauge("hanging").addCallback(callback);
  provider
    .getMeter("shop")
    .createObservableGauge("fine")
    .addCallback((result) => result.observe(1));
  const timeoutMillis = 300;
  expect((await reader.collect({ timeoutMillis })).errors).toHaveLength(1);
  const begin = performance.now();
  for (let i = 0; i < 20; i++) {
    const { errors, resourceMetrics } = await reader.collect({ timeoutMillis });
    expect(String(errors[0])).toContain("is not called again until it has");
    expect(resourceMetrics.scopeMetrics[0]?.metrics.map(({ descriptor }) => descriptor.name)).toEqual([
      "fine",
    ]);
  }
  // Twenty collections that wait would take six seconds.
  expect(performance.now() - begin).toBeLessThan(20 * timeoutMillis);
  expect(callback).toHaveBeenCalledOnce();
  expect(error).toHaveBeenCalledOnce();
  settle();
  await vi.waitFor(async () => {
    await reader.collect({ timeoutMillis: 1 });
    expect(callback.mock.calls.length).toBeGreaterThan(1);
  });
});
