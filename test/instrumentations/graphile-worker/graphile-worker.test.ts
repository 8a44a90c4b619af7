import { createRequire } from "node:module";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { graphileWorker as instrumented } from "../../../instrumentations/graphile-worker/index.ts";
import { begin } from "../../../instrumentations/graphile-worker/instrumentation.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { isInstalled } from "../../kit/is-installed.ts";
import { needsPostgres, startPostgres } from "../../servers/postgres.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { MessageFigures } from "../message-figures.ts";
import { restarted } from "../restarted.ts";

type AddJob = (task: string, payload?: unknown, spec?: { readonly maxAttempts?: number }) => Promise<unknown>;
type Task = (payload: unknown, helpers: { readonly addJob: AddJob }) => unknown;

/** The part of the library that the tests use. */
interface GraphileWorker {
  makeWorkerUtils(options: object): Promise<{ readonly addJob: AddJob; release(): Promise<void> }>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
}

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const library: GraphileWorker | undefined = isInstalled("graphile-worker")
  ? require("graphile-worker")
  : undefined;
instrumentation.disable();

let collecting: Collecting;
let figures: MessageFigures;
let connectionString: string;
let utils: Awaited<ReturnType<GraphileWorker["makeWorkerUtils"]>> | undefined;
let open = (): void => {};
const gate = new Promise<void>((resolve) => (open = resolve));
let runner: Awaited<ReturnType<GraphileWorker["run"]>> | undefined;

const tasks: Readonly<Record<string, Task>> = {
  greet: (_, { addJob }) => void addJob("follow"),
  follow: () => {},
  fail: () => Promise.reject(new RangeError("no")),
  hang: () => gate,
};
const logger = { scope: () => logger, error() {}, warn() {}, info() {}, debug() {} };

describe.skipIf(library === undefined)("graphile-worker", () => {
  beforeEach(async (context) => {
    needsPostgres(context);
    collecting = collectingProvider();
    figures = new MessageFigures(collecting, "graphile_worker");
    instrumentation.setMeterProvider(collecting.provider);
    instrumentation.enable();
    if (library === undefined || utils !== undefined) return;
    const { host, port, user, database } = await startPostgres("file");
    connectionString = `postgres://${user}@${host}:${port}/${database}`;
    utils = await library.makeWorkerUtils({ connectionString, logger });
    runner = await library.run({
      connectionString,
      logger,
      taskList: tasks,
      concurrency: 4,
      noHandleSignals: true,
    });
  }, 120_000);

  afterEach(() => instrumentation.disable());

  afterAll(async () => {
    open();
    await runner?.stop();
    await utils?.release();
  });

  const add: AddJob = async (...args) => utils?.addJob(...args);

  test("added jobs are sent, also those of a task, and each run is received and processed", async () => {
    expect(await add("greet", { name: "Ada" })).toMatchObject({ task_identifier: "greet" });
    const done = { sent: 1, received: 1, processed: 1, inFlight: 0 };
    await vi.waitFor(async () => expect(await figures.of("follow")).toEqual(done), 10_000);
    expect(await figures.of("greet")).toEqual(done);
    const attributes = { "messaging.system.name": "graphile_worker", "messaging.destination.name": "greet" };
    expect(countOf(await collecting.point("message.wait.duration", attributes))).toBe(1);
  });

  test("a failed run has the type of its error, and is retried if the job has attempts left", async () => {
    await add("fail", {}, { maxAttempts: 2 });
    const failed = { sent: 1, received: 1, inFlight: 0, retried: 1 };
    await vi.waitFor(async () => expect(await figures.of("fail")).toEqual(failed), 10_000);
    expect(await figures.processed("fail", "RangeError")).toBe(1);
  });

  test("while it is disabled, nothing is recorded", async () => {
    instrumentation.disable();
    await add("greet");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await figures.of("greet")).toEqual({});
  });

  test("after a restart, running jobs are in flight", async () => {
    await Promise.all([add("hang"), add("hang")]);
    await vi.waitFor(async () => expect(await figures.of("hang")).toMatchObject({ inFlight: 2 }), 10_000);
    const expectGauges = restarted(instrumentation, instrumented, begin, {});
    await expectGauges({ "messages.in_flight": 2 });
    open();
    await expectGauges({ "messages.in_flight": 0 });
  });
});
