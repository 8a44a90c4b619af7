import { expect, test } from "vitest";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())("the worker threads of %s started with %s are kernels", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag, env: { TACHYMETER_KERNELS: "true" } });
  for (const name of ["kernel_messages_received_total", "kernel_messages_sent_total"]) {
    expect(samples(text, name)).toEqual([
      `${name}{kernel_id="echo-worker.cjs#0"} 3`,
      `${name}{kernel_id="echo-worker.cjs#1"} 3`,
    ]);
  }
  expect(samples(text, "kernel_state")).toEqual([
    'kernel_state{kernel_id="echo-worker.cjs#0"} 2',
    'kernel_state{kernel_id="echo-worker.cjs#1"} 2',
  ]);
});

test("worker threads are not measured by default", async () => {
  expect(await scrapeOf({ folder, program: "app.mjs", flag: "--import" })).not.toContain("kernel_");
});
