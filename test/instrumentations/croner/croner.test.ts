import { createRequire } from "node:module";
import { expect, onTestFinished, test, vi } from "vitest";
import { croner as instrumented } from "../../../instrumentations/croner/index.ts";
import { begin } from "../../../instrumentations/croner/instrumentation.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { MessageFigures } from "../message-figures.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
// Required after the instrumentation is enabled.
const { Cron }: typeof import("croner") = createRequire(import.meta.url)("croner");
instrumentation.disable();
const untouched: unknown = Reflect.get(Cron.prototype, "schedule");

const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "croner");

test("runs of a job are recorded by its name or its pattern, with the time of the last one", async () => {
  const given: unknown[] = [];
  const named = new Cron(
    "0 3 * * *",
    { name: "nightly", context: 7 },
    (...args: unknown[]) => void given.push(...args),
  );
  const late = new Cron("0 4 * * *").schedule(() => {});
  onTestFinished(() => [named, late].forEach((each) => each.stop()));
  expect(await collecting.points("messages.in_flight")).toEqual([]);
  await named.trigger();
  await named.trigger();
  await late.trigger();
  expect(given).toEqual([named, 7, named, 7]);
  expect(await figures.of("nightly")).toEqual({ received: 2, processed: 2, inFlight: 0 });
  expect(await figures.of("0 4 * * *")).toMatchObject({ processed: 1 });
  const last = (await collecting.points("message.last_processed.time")).map(({ value }) => Number(value));
  expect(last).toHaveLength(2);
  for (const each of last) expect(Math.abs(each - Date.now() / 1_000)).toBeLessThan(60);
});

test("a job is run by its schedule", async () => {
  const job = new Cron("* * * * * *", { maxRuns: 1 }, () => {});
  onTestFinished(() => job.stop());
  await vi.waitFor(
    async () => expect(await figures.of("* * * * * *")).toMatchObject({ processed: 1 }),
    5_000,
  );
});

test("a failed run has the type of its error, whether the package catches it or not", async () => {
  const caught: unknown[] = [];
  const fail = (): never => {
    throw new RangeError("no");
  };
  const quiet = new Cron(
    "0 3 * * *",
    { name: "quiet", catch: (error: unknown) => void caught.push(error) },
    fail,
  );
  const loud = new Cron("0 3 * * *", { name: "loud" }, fail);
  onTestFinished(() => [quiet, loud].forEach((each) => each.stop()));
  await quiet.trigger();
  await expect(loud.trigger()).rejects.toThrow("no");
  expect(caught).toMatchObject([{ message: "no" }]);
  for (const name of ["quiet", "loud"]) expect(await figures.processed(name, "RangeError")).toBe(1);
});

test("disabling restores the method, and a job that stays records nothing", async () => {
  const job = new Cron("0 3 * * *", { name: "kept" }, () => {});
  onTestFinished(() => job.stop());
  instrumentation.disable();
  expect(Reflect.get(Cron.prototype, "schedule")).toBe(untouched);
  await job.trigger();
  expect(await figures.of("kept")).toEqual({});
});

test("after a restart, running jobs are in flight", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const job = new Cron("0 3 * * *", { name: "long" }, () => gate);
  onTestFinished(() => job.stop());
  const run = job.trigger();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 1, "message.last_processed.time": undefined });
  open();
  await run;
  await expectGauges({ "messages.in_flight": 0, "message.last_processed.time": undefined });
});
