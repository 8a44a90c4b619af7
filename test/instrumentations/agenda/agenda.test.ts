import { createRequire } from "node:module";
import type { Agenda } from "agenda";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { agenda as instrumented } from "../../../instrumentations/agenda/index.ts";
import { begin } from "../../../instrumentations/agenda/instrumentation.ts";
import { startMongoDb } from "../../servers/mongodb.ts";
import { countOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";
import { MessageFigures } from "../message-figures.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const library: typeof import("agenda") = require("agenda");
instrumentation.disable();

let agenda: Agenda | undefined;
const collecting = measured(instrumentation);
const figures = new MessageFigures(collecting, "agenda");
let name: string;
let names = 0;

beforeEach(async (context) => {
  const server = agenda === undefined ? await startMongoDb(context, "file") : undefined;
  name = `job-${names++}`;
  if (server === undefined) return;
  const options = { ...storageOf(`${server.url}/jobs`), processEvery: 50 };
  agenda = new library.Agenda(options);
  agenda.on("error", () => {});
  await agenda.start();
}, 120_000);

afterAll(() => agenda?.stop());

// From version 6 on, another package has the storage.
function storageOf(address: string): ConstructorParameters<typeof Agenda>[0] {
  if ("mongo" in library.Agenda.prototype) return Object({ db: { address } });
  const { MongoBackend }: typeof import("@agendajs/mongo-backend") = require("@agendajs/mongo-backend");
  return { backend: new MongoBackend({ address }) };
}

function started(): Agenda {
  if (agenda === undefined) throw new Error("agenda was not started");
  return agenda;
}

test("a job is sent when it is saved for the first time, and is received and processed at each run", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  started().define(name, (_job: unknown, done: () => void) => void gate.then(done));
  const job = started().create(name, {}).schedule(new Date());
  await job.save();
  await vi.waitFor(async () => expect(await figures.of(name)).toEqual({ sent: 1, received: 1, inFlight: 1 }));
  open();
  await vi.waitFor(async () =>
    expect(await figures.of(name)).toEqual({ sent: 1, received: 1, processed: 1, inFlight: 0 }),
  );
  await job.schedule(new Date()).save();
  await vi.waitFor(async () =>
    expect(await figures.of(name)).toEqual({ sent: 1, received: 2, processed: 2, inFlight: 0 }),
  );
  const wait = { "messaging.system.name": "agenda", "messaging.destination.name": name };
  expect(countOf(await collecting.point("message.wait.duration", wait))).toBe(2);
});

test("a failed job has the error's type, and is retried if its failure listener schedules it again", async () => {
  let runs = 0;
  started().define(name, () => {
    if (++runs === 1) throw new RangeError("told to");
  });
  started().once(`fail:${name}`, (_, job: Awaited<ReturnType<Agenda["now"]>>) => {
    job.schedule(new Date());
  });
  await started().now(name, {});
  await vi.waitFor(async () => expect(await figures.processed(name, "RangeError")).toBe(1));
  expect(await figures.of(name)).toMatchObject({ sent: 1, retried: 1 });
});

test("a job with a callback that passes an error has failed", async () => {
  started().define(name, (_job: unknown, done: (error?: Error) => void) => done(new TypeError("told to")));
  await started().now(name, {});
  await vi.waitFor(async () => expect(await figures.processed(name, "TypeError")).toBe(1));
  expect(await figures.of(name)).toEqual({ sent: 1, received: 1, inFlight: 0 });
});

test("disabling restores the original methods", async () => {
  const job: unknown = Object.getPrototypeOf(started().create(name, {}));
  const run = (): unknown => Reflect.get(Object(job), "run");
  const replaced = run();
  instrumentation.disable();
  expect(run()).not.toBe(replaced);
  started().define(name, () => {});
  await started().now(name, {});
  expect(await figures.of(name)).toEqual({});
});

test("after a restart, running jobs are in flight", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  started().define(name, (_job: unknown, done: () => void) => void gate.then(done));
  await started().create(name, {}).schedule(new Date()).save();
  await vi.waitFor(async () => expect(await figures.of(name)).toMatchObject({ inFlight: 1 }));
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "messages.in_flight": 1 });
  open();
  await expectGauges({ "messages.in_flight": 0 });
});
