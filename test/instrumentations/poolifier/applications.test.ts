import { expect, test } from "vitest";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";
import { expectThreeTasks } from "../pool-figures.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "the pools of poolifier in %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { TACHYMETER_KERNELS: "true" } });
    expectThreeTasks(text);
    expect(samples(text, "kernel_task_duration_seconds_count").toSorted()).toEqual([
      'kernel_task_duration_seconds_count{error_type="RangeError",kernel_pool_name="tasks.cjs"} 1',
      'kernel_task_duration_seconds_count{kernel_pool_name="tasks.cjs"} 2',
    ]);
  },
);

test("tasks that wait are in the queue, and the pool is fully used", async () => {
  const env = { TACHYMETER_KERNELS: "true" };
  const text = await scrapeOf({ folder, program: "waiting.cjs", flag: "--import", env });
  const labels = '{kernel_pool_name="tasks.cjs"}';
  for (const [name, value] of [
    ["kernel_pool_queue_size", 2],
    ["kernel_pool_workers", 1],
    ["kernel_pool_utilization", 1],
  ] as const)
    expect(samples(text, name)).toEqual([`${name}${labels} ${value}`]);
});

test("pools are not measured unless kernels are", async () => {
  const text = await scrapeOf({ folder, program: "app.cjs", flag: "--import", env: {} });
  expect(text).toContain("target_info");
  expect(text).not.toContain("kernel_pool");
});
