import { createRequire } from "node:module";
import type PgBoss from "pg-boss";
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { pgBoss as instrumented } from "../../../instrumentations/pg-boss/index.ts";
import { begin } from "../../../instrumentations/pg-boss/instrumentation.ts";
import { prototypeOf } from "../../../instrumentations/shared/exports.ts";
import { needsPostgres, startPostgres } from "../../servers/postgres.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
// Version 12 is an ES module, with methods of its own.
interface Version12 extends PgBoss {
  insert(queue: string, jobs: readonly object[]): Promise<unknown>;
  insert(jobs: readonly PgBoss.JobInsert[]): Promise<void>;
  upsert(queue: string, data: object, options: object): Promise<unknown>;
  flow(jobs: readonly object[]): Promise<unknown>;
}
const loaded: (new (...given: ConstructorParameters<typeof PgBoss>) => Version12) & {
  readonly PgBoss?: typeof loaded;
} = require("pg-boss");
const Boss = loaded.PgBoss ?? loaded;
const isVersion12 = Boss !== loaded;
const [MANAGER, WORKING] = isVersion12
  ? (["pg-boss/dist/manager.js", "work"] as const)
  : (["pg-boss/src/manager.js", "watch"] as const);
instrumentation.disable();
const working = (): unknown => Reflect.get(prototypeOf(require(MANAGER)), WORKING);
const untouched = working();

let boss: Version12 | undefined;
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

function started(): Version12 {
  if (boss === undefined) throw new Error("pg-boss was not started");
  return boss;
}

const insert = (count: number): Promise<unknown> => {
  const jobs = Array.from({ length: count }, () => ({ name: queue }));
  return isVersion12
    ? started().insert(
        queue,
        jobs.map(() => ({})),
      )
    : started().insert(jobs);
};

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
  await insert(2);
  const id = await started().send(queue, {}, { singletonKey: "one", singletonSeconds: 43_200 });
  expect(id).not.toBeNull();
  expect(await started().send(queue, {}, { singletonKey: "one", singletonSeconds: 43_200 })).toBeNull();
  expect(await started().sendDebounced(queue, {}, {}, 43_200, "one")).not.toBeNull();
  expect(await figures()).toEqual([5, undefined, undefined]);
});

test.each(isVersion12 ? ["12"] : [])(
  "jobs of a flow of version %s are counted, and a job that is inserted or updated counts if it is inserted",
  async () => {
    await started().flow([
      { ref: "first", name: queue },
      { ref: "second", name: queue, dependsOn: ["first"] },
    ]);
    expect(await figures()).toEqual([2, undefined, undefined]);
    await started().upsert(queue, { number: 1 }, { singletonKey: "one" });
    await started().upsert(queue, { number: 2 }, { singletonKey: "one" });
    expect(await figures()).toEqual([3, undefined, undefined]);
  },
);

test("jobs of a batch are received, in flight and processed", async () => {
  await insert(3);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  await started().work(queue, { batchSize: 3, pollingIntervalSeconds: 0.5 }, () => gate);
  await vi.waitFor(async () => expect(await collecting.point("messages.in_flight", of(queue))).toBe(3));
  open();
  await vi.waitFor(async () => expect(await figures()).toEqual([3, 3, 3]));
  expect(await collecting.point("messages.in_flight", of(queue))).toBe(0);
  await started().offWork(queue);
});

test("a failed handler has the error's type, and the job fails", async () => {
  const id = await started().send(queue, {}, { retryLimit: 0 });
  await started().work(queue, () => {
    throw new RangeError("told to");
  });
  const failed = { ...of(queue), "error.type": "RangeError" };
  await vi.waitFor(async () => {
    expect(countOf(await collecting.point("message.processing.duration", failed))).toBe(1);
  });
  await vi.waitFor(async () => {
    expect(await started().getJobById(queue, id ?? "")).toMatchObject({ state: "failed" });
  });
  await started().offWork(queue);
});

test("disabling restores the original functions", async () => {
  expect(working()).not.toBe(untouched);
  instrumentation.disable();
  expect(working()).toBe(untouched);
  await started().send(queue, {});
  expect(await figures()).toEqual([undefined, undefined, undefined]);
});

test("after a restart, running jobs are in flight", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  await insert(2);
  await started().work(queue, { batchSize: 2 }, () => gate);
  onTestFinished(() => started().offWork(queue));
  await vi.waitFor(async () => expect(await collecting.point("messages.in_flight", of(queue))).toBe(2));
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 2 });
  open();
  await expectGauges({ "messages.in_flight": 0 });
});
