import { expect, test } from "vitest";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";
import { expectThreeTasks } from "../pool-figures.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "the pools of tinypool in %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { TACHYMETER_KERNELS: "true" } });
    expectThreeTasks(text);
    expect(samples(text, "kernel_task_duration_seconds_count")).toEqual([
      'kernel_task_duration_seconds_count{kernel_pool_name="tasks.cjs"} 2',
      'kernel_task_duration_seconds_count{error_type="RangeError",kernel_pool_name="tasks.cjs"} 1',
    ]);
  },
);
