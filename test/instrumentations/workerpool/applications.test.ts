import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";
import { expectThreeTasks } from "../pool-figures.ts";

const folder = import.meta.dirname;

test.each(starts())(
  "the pools of workerpool in %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { TACHYMETER_KERNELS: "true" } });
    expectThreeTasks(text);
    expect(samples(text, "kernel_task_wait_duration_seconds_count")).toEqual([
      'kernel_task_wait_duration_seconds_count{kernel_pool_name="tasks.cjs"} 3',
    ]);
  },
);
