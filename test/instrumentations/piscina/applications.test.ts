import { expect, test } from "vitest";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";
import { expectThreeTasks } from "../pool-figures.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())("the pools of %s started with %s are measured", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag, env: { TACHYMETER_KERNELS: "true" } });
  expectThreeTasks(text);
  expect(samples(text, "kernel_task_wait_duration_seconds_count")).toEqual([
    'kernel_task_wait_duration_seconds_count{kernel_pool_name="tasks.cjs"} 3',
  ]);
  // Its workers are kernels as well.
  expect(samples(text, "kernel_state")).toHaveLength(2);
});

test("pools are not measured by default", async () => {
  expect(await scrapeOf({ folder, program: "app.mjs", flag: "--import" })).not.toContain("kernel_");
});
