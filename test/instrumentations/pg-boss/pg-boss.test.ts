import { createRequire } from "node:module";
import type PgBoss from "pg-boss";
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { pgBoss as instrumented } from "../../../instrumentations/pg-boss/index.ts";
import { begin } from "../../../instrumentations/pg-boss/instrumentation.ts";
import { needsPostgres, startPostgres } from "../../servers/postgres.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const Boss: typeof PgBoss = require("pg-boss");
instrumentation.disable();
const watch = (): unknown => Reflect.get(require("pg-boss/src/manager.js").prototype, "watch");
const untouched = watch();

let boss: PgBoss | undefined;
const collecting = measured(instrumentation);
let queue: string;
let queues = 0;

beforeEach(async (context) => {
  needsPostgres(context);
  if (boss === undefined) {
    const { host, port, user, database } = await startPostgres("file");
    boss = new Boss({ host, port, user, database, supervise: false, schedule: false });
    boss.on("error", () => {});
    await boss.start();
  }
  queue = `queue-${queues++}`;
  await boss.createQueue(queue);
}, 120_000);

afterAll(() => boss?.stop({ graceful: false }));

function started(): PgBoss {
  if (boss === undefined) throw new Error("pg-boss was not started");
  return boss;
}

const of = (name: string) => ({ "messaging.system.name": "pg_boss", "messaging.destination.name": name });

async function figures(name = queue): Promise<readonly unknown[]> {
  const processed = await collecting.point("message.processing.duration", of(name));
  return [
    await collecting.point("messages.sent", of(name)),
    await collecting.point("messages.received", of(name)),
    countOf(processed),
  ];
}

test("sent, inserted and debounced jobs are counted, and those of a duplicate key are not", async () => {
  await started().send(queue, { number: 1 });
  await started().insert([{ name: queue }, { name: queue }]);
  const id = await started().send(queue, {}, { singletonKey: "one", singletonSeconds: 43_200 });
  expect(id).not.toBeNull();
  expect(await started().send(queue, {}, { singletonKey: "one", singletonSeconds: 43_200 })).toBeNull();
  expect(await started().sendDebounced(queue, {}, {}, 43_200, "one")).not.toBeNull();
  expect(await figures()).toEqual([5, undefined, undefined]);
});

test("jobs of a batch are received, in flight and processed", async () => {
  await started().insert([{ name: queue }, { name: queue }, { name: queue }]);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const id = await started().work(queue, { batchSize: 3, pollingIntervalSeconds: 0.5 }, () => gate);
  await vi.waitFor(async () => expect(await collecting.point("messages.in_flight", of(queue))).toBe(3));
  open();
  await vi.waitFor(async () => expect(await figures()).toEqual([3, 3, 3]));
  expect(await collecting.point("messages.in_flight", of(queue))).toBe(0);
  await started().offWork({ id });
});

test("a failed handler has the error's type, and the job fails", async () => {
  const id = await started().send(queue, {}, { retryLimit: 0 });
  const worker = await started().work(queue, () => {
    throw new RangeError("told to");
  });
  const failed = { ...of(queue), "error.type": "RangeError" };
  await vi.waitFor(async () => {
    expect(countOf(await collecting.point("message.processing.duration", failed))).toBe(1);
  });
  await vi.waitFor(async () => {
    expect(await started().getJobById(queue, id ?? "")).toMatchObject({ state: "failed" });
  });
  await started().offWork({ id: worker });
});

test("disabling restores the original functions", async () => {
  expect(watch()).not.toBe(untouched);
  instrumentation.disable();
  expect(watch()).toBe(untouched);
  await started().send(queue, {});
  expect(await figures()).toEqual([undefined, undefined, undefined]);
});

test("after a restart, running jobs are in flight", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  await started().insert([{ name: queue }, { name: queue }]);
  const id = await started().work(queue, { batchSize: 2 }, () => gate);
  onTestFinished(() => started().offWork({ id }));
  await vi.waitFor(async () => expect(await collecting.point("messages.in_flight", of(queue))).toBe(2));
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 2 });
  open();
  await expectGauges({ "messages.in_flight": 0 });
});
