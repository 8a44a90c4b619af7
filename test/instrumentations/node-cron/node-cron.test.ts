import { createRequire } from "node:module";
import { expect, onTestFinished, test, vi } from "vitest";
import { nodeCron as instrumented } from "../../../instrumentations/node-cron/index.ts";
import { begin } from "../../../instrumentations/node-cron/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { MessageFigures } from "../message-figures.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const cron: typeof import("node-cron") = createRequire(import.meta.url)("node-cron");
instrumentation.disable();
const untouched = cron.schedule;

const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "node_cron");

const lastOf = (name: string): Promise<unknown> =>
  collecting.point("message.last_processed.time", {
    "messaging.system.name": "node_cron",
    "messaging.destination.name": name,
  });

test("runs of a task are recorded by its name, with the time of the last one", async () => {
  const task = cron.createTask("0 3 * * *", () => "done", { name: "nightly" });
  expect(await figures.of("nightly")).toEqual({});
  const before = Date.now() / 1_000;
  expect(await task.execute()).toBe("done");
  expect(await task.execute()).toBe("done");
  expect(await figures.of("nightly")).toEqual({ received: 2, processed: 2, inFlight: 0 });
  const last = Number(await lastOf("nightly"));
  expect(last).toBeGreaterThanOrEqual(before);
  expect(last).toBeLessThanOrEqual(Date.now() / 1_000);
});

test("a task is run by its schedule, and without a name it has its expression", async () => {
  const task = cron.default.schedule("* * * * * *", () => {});
  onTestFinished(() => task.destroy());
  await vi.waitFor(
    async () => expect(await figures.of("* * * * * *")).toMatchObject({ processed: 1 }),
    5_000,
  );
});

test("a failed run has the type of its error, which the package reports as before", async () => {
  const task = cron.createTask("0 3 * * *", () => Promise.reject(new RangeError("no")), { name: "broken" });
  const failed = new Promise((resolve) => task.on("execution:failed", resolve));
  await expect(task.execute()).rejects.toThrow("no");
  expect(await failed).toMatchObject({ execution: { error: { message: "no" } } });
  expect(await figures.of("broken")).toEqual({ received: 1, inFlight: 0 });
  expect(await figures.processed("broken", "RangeError")).toBe(1);
  expect(await lastOf("broken")).toBeGreaterThan(0);
});

test("disabling restores the functions, and a task that stays records nothing", async () => {
  const task = cron.createTask("0 3 * * *", () => 7, { name: "kept" });
  expect(cron.schedule).not.toBe(untouched);
  instrumentation.disable();
  expect(cron.schedule).toBe(untouched);
  expect(await task.execute()).toBe(7);
  expect(await figures.of("kept")).toEqual({});
});

test("after a restart, running tasks are in flight", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const task = cron.createTask("0 3 * * *", () => gate, { name: "long" });
  const run = task.execute();
  await vi.waitFor(async () => expect(await figures.of("long")).toMatchObject({ inFlight: 1 }));
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 1, "message.last_processed.time": undefined });
  open();
  await run;
  await expectGauges({ "messages.in_flight": 0, "message.last_processed.time": undefined });
});
