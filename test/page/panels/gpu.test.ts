import { GpuMetrics } from "tachymeter/gpu";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { fakeNvidiaSmi } from "../../host/gpu/fake-nvidia-smi.ts";
import { RTX_2080 } from "../../host/gpu/recorded.ts";
import { servedPage } from "../kit/served-page.ts";

beforeEach((context) => context.skip(process.platform === "win32", "the program is a script with #!"));

test("the page of the machine has charts of each GPU, and none without a GPU", async () => {
  const { telemetry, stream } = await servedPage({ host: true });
  const page = await stream("area/machine");
  const before = await page.next("view", ({ charts }) => charts.length > 0);
  expect(before.charts.filter(({ id }) => id.startsWith("gpu-"))).toEqual([]);
  const other = { ...RTX_2080, uuid: "GPU-2" };
  const { command } = fakeNvidiaSmi({ gpus: [RTX_2080, other], intervalMillis: 200 });
  const gpus = new GpuMetrics({ command, meterProvider: telemetry.meterProvider });
  gpus.start();
  onTestFinished(() => gpus.stop());
  const { charts } = await page.next("view", (view) => view.charts.some(({ id }) => id === "gpu-power"));
  const found = charts.filter(({ id }) => id.startsWith("gpu-"));
  expect(found.map(({ id, unit }) => [id, unit])).toEqual([
    ["gpu-utilization", "1"],
    ["gpu-memory", "1"],
    ["gpu-temperature", "Cel"],
    ["gpu-power", "W"],
  ]);
  for (const { series } of found)
    expect(new Set(series.map(({ labels }) => labels["hw_id"]))).toEqual(
      new Set([RTX_2080["uuid"], "GPU-2"]),
    );
});
