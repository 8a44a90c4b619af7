import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../../packed-project.ts";
import { samples, scrapeOf, startedApplications } from "../applications.ts";

const folder = import.meta.dirname;

beforeAll(packedProject, 180_000);

test.each(startedApplications)(
  "the pools of workerpool in %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { TACHYMETER_KERNELS: "true" } });
    expect(samples(text, "kernel_pool_tasks_total")).toEqual([
      'kernel_pool_tasks_total{kernel_pool_name="tasks.cjs",outcome="success"} 2',
      'kernel_pool_tasks_total{kernel_pool_name="tasks.cjs",outcome="failure"} 1',
    ]);
    expect(samples(text, "kernel_task_wait_duration_seconds_count")).toEqual([
      'kernel_task_wait_duration_seconds_count{kernel_pool_name="tasks.cjs"} 3',
    ]);
    expect(samples(text, "kernel_pool_workers")).toEqual([
      'kernel_pool_workers{kernel_pool_name="tasks.cjs"} 2',
    ]);
  },
);
