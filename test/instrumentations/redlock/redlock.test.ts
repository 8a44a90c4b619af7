import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Redis as Client } from "ioredis";
import { Coordination } from "../../../src/facades/coordination/index.ts";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { redlock as instrumented } from "../../../instrumentations/redlock/index.ts";
import { begin } from "../../../instrumentations/redlock/instrumentation.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { CoordinationFigures } from "../coordination-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";

interface Lock {
  readonly expiration: number;
}

// Methods of both packages; the older one has further names for them.
interface Locking {
  acquire(resource: string | readonly string[], millis: number): Promise<Lock>;
  extend(lock: Lock, millis: number): Promise<Lock>;
  release(lock: Lock): Promise<unknown>;
}

interface FourLocking extends Locking {
  lock(resource: string, millis: number, callback: (error: Error | null, lock: Lock) => void): unknown;
  unlock(lock: Lock, callback: (error: Error | null) => void): unknown;
  disposer(resource: string, millis: number): unknown;
}

interface ForkLocking extends Locking {
  using<T>(
    resources: readonly string[],
    millis: number,
    settings: object,
    routine: () => Promise<T>,
  ): Promise<T>;
}

type Locks<T> = new (clients: readonly Client[], options: object) => T;

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const asRedlock = createRequire(require.resolve("redlock"));
// Required after the instrumentation is enabled.
const Four: Locks<FourLocking> = require("redlock");
const { Redlock: Fork }: { readonly Redlock: Locks<ForkLocking> } = require("@sesamecare-oss/redlock");
const { default: RedisClient }: typeof import("ioredis") = require("ioredis");
instrumentation.disable();

const kinds = [
  ["redlock", Four, "LockError", ["_lock", "extend", "unlock", "release"]],
  ["@sesamecare-oss/redlock", Fork, "ExecutionError", ["acquire", "extend", "release"]],
] as const;
// No lock expires during a slow test, except in tests of expiration.
const HELD_MILLIS = 60_000;

const untouched = kinds.map(([, kind, , methods]) =>
  methods.map((name) => Reflect.get(kind.prototype, name)),
);

const server = serverOfFile("redis-server", startRedis);
let client: Client | undefined;
const collecting = measured(instrumentation);
const figures = new CoordinationFigures(collecting);

beforeEach(async () => {
  client ??= new RedisClient(server().url, { retryStrategy: () => 20 }).on("error", () => {});
  await client.flushall();
  instrumentation.setConfig({ coordination: new Coordination({ meterProvider: collecting.provider }) });
});

afterEach(() => {
  diag.disable();
});

afterAll(() => client?.disconnect());

function locking<T>(kind: Locks<T>, options: object = {}): T {
  return new kind([client!], { retryCount: 0, retryDelay: 10, retryJitter: 0, ...options });
}

// Resources in the form that both types accept; the older package also accepts a single name.
function named(kind: unknown, name: string): string | readonly string[] {
  return kind === Fork ? [name] : name;
}

test.each(kinds)("a lock of %s is waited for and held", async (_, kind) => {
  const locks = locking<Locking>(kind);
  const lock = await locks.acquire(named(kind, "accounts:4711"), HELD_MILLIS);
  expect(await figures.lock("accounts:*")).toEqual({ waits: 1 });
  await client!.ping();
  await locks.release(lock);
  expect(await figures.lock("accounts:*")).toEqual({ waits: 1, holds: 1 });
  const held = await figures.seconds("coordination.lock.hold.duration", {
    "coordination.lock.name": "accounts:*",
  });
  expect(held).toBeGreaterThan(0);
});

test.each(kinds)(
  "a lock of %s held by another client is contended, and then abandoned or acquired later",
  async (_, kind, error) => {
    const lock = await locking<Locking>(kind).acquire(named(kind, "jobs"), HELD_MILLIS);
    await expect(locking<Locking>(kind).acquire(named(kind, "jobs"), HELD_MILLIS)).rejects.toMatchObject({
      name: error,
    });
    expect(await figures.lock("jobs")).toEqual({ waits: 1, contentions: 1 });
    expect(
      await collecting.point("coordination.lock.failures", {
        "coordination.lock.name": "jobs",
        "error.type": error,
      }),
    ).toBe(1);
    // Its first attempt is sent before the release.
    const patient = locking<Locking>(kind, { retryCount: 100 }).acquire(named(kind, "jobs"), HELD_MILLIS);
    await locking<Locking>(kind).release(lock);
    await patient;
    expect(await figures.lock("jobs")).toEqual({ waits: 2, holds: 1, contentions: 2 });
  },
);

test.each(kinds)("an expired lock of %s is lost, once", async (_, kind, error) => {
  const locks = locking<Locking>(kind);
  const lock = await locks.acquire(named(kind, "jobs"), 500);
  await vi.waitFor(async () => expect(await client!.exists("jobs")).toBe(0));
  await expect(locks.extend(lock, HELD_MILLIS)).rejects.toMatchObject({ name: error });
  expect(await figures.lock("jobs")).toEqual({ waits: 1, lost: 1 });
  await expect(locks.release(lock)).rejects.toMatchObject({ name: error });
  expect(await figures.lock("jobs")).toEqual({ waits: 1, lost: 1 });
});

test.each(kinds)("a lock of %s that is extended is held until its release", async (_, kind) => {
  const locks = locking<Locking>(kind);
  const lock = await locks.acquire(named(kind, "jobs"), HELD_MILLIS);
  const extended = await locks.extend(lock, HELD_MILLIS);
  await locks.release(extended);
  expect(await figures.lock("jobs")).toEqual({ waits: 1, holds: 1 });
});

test.each(kinds)(
  "no lock of %s is acquired while the server is down, and locks are acquired with a new one",
  async (_, kind, error) => {
    const locks = locking<Locking>(kind);
    await server().kill();
    const impatient = new RedisClient(server().url, { retryStrategy: null, maxRetriesPerRequest: 0 });
    impatient.on("error", () => {});
    const without = new kind([impatient], { retryCount: 0 });
    await expect(without.acquire(named(kind, "jobs"), HELD_MILLIS)).rejects.toMatchObject({ name: error });
    impatient.disconnect();
    expect(await figures.lock("jobs")).toEqual({ contentions: 1 });
    await server().startAgain();
    await locks.release(await locks.acquire(named(kind, "jobs"), HELD_MILLIS));
    expect(await figures.lock("jobs")).toEqual({ waits: 1, holds: 1, contentions: 1 });
  },
);

test("a lock on several resources is named by all of them", async () => {
  const locks = locking(Fork);
  await locks.release(await locks.acquire(["from/12", "to/13"], HELD_MILLIS));
  expect(await figures.lock("from/*,to/*")).toEqual({ waits: 1, holds: 1 });
});

test("callbacks and disposers work like promises", async () => {
  const locks = locking(Four);
  const lock = await new Promise<Lock>((resolve, reject) => {
    locks.lock("jobs", HELD_MILLIS, (error, given) => (error === null ? resolve(given) : reject(error)));
  });
  await new Promise<void>((resolve) => void locks.unlock(lock, () => resolve()));
  expect(await figures.lock("jobs")).toEqual({ waits: 1, holds: 1 });
  const bluebird: { using(disposer: unknown, act: () => unknown): Promise<unknown> } = asRedlock("bluebird");
  expect(await bluebird.using(locks.disposer("mails", HELD_MILLIS), () => "done")).toBe("done");
  expect(await figures.lock("mails")).toEqual({ waits: 1, holds: 1 });
});

test("a failed acquisition with a callback leaves no unhandled rejection", async () => {
  const rejections: unknown[] = [];
  const note = (error: unknown): void => void rejections.push(error);
  process.on("unhandledRejection", note);
  const [holder, locks] = [locking(Four), locking(Four)];
  await holder.acquire("jobs", HELD_MILLIS);
  const error = await new Promise((resolve) => {
    locks.lock("jobs", HELD_MILLIS, (failure) => resolve(failure));
  });
  expect(error).toMatchObject({ name: "LockError" });
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(rejections).toEqual([]);
});

test("using() holds a lock while its routine runs", async () => {
  const locks = locking(Fork);
  expect(await locks.using(["jobs"], HELD_MILLIS, {}, async () => "done")).toBe("done");
  expect(await figures.lock("jobs")).toEqual({ waits: 1, holds: 1 });
});

test("the name option names locks, with the default name if it fails", async () => {
  const warnings = collectWarnings();
  instrumentation.setConfig({
    coordination: new Coordination({ meterProvider: collecting.provider }),
    name: (given) => {
      if (given.startsWith("bad")) throw new Error("no name");
      return given.slice(0, 3);
    },
  });
  const locks = locking(Fork);
  for (const name of ["jobs:a", "jobs:b", "bad:1", "bad:2"]) await locks.acquire([name], HELD_MILLIS);
  expect(await figures.lock("job")).toEqual({ waits: 2 });
  expect(await figures.lock("bad:*")).toEqual({ waits: 2 });
  expect(warnings).toEqual([
    'instrumentation redlock: option "name" failed; the default name is used; this is logged once',
  ]);
});

test("there are at most 100 names", async () => {
  const locks = locking(Fork);
  for (let i = 0; i < 102; i++) await locks.acquire([`lock-${i}`], HELD_MILLIS);
  expect(await figures.lock("lock-99")).toEqual({ waits: 1 });
  expect(await figures.lock("_other")).toEqual({ waits: 2 });
});

test("disabling restores the original functions", async () => {
  instrumentation.disable();
  const now = kinds.map(([, kind, , methods]) => methods.map((name) => Reflect.get(kind.prototype, name)));
  expect(now).toEqual(untouched);
  const locks = locking(Fork);
  await locks.release(await locks.acquire(["jobs"], HELD_MILLIS));
  expect(await figures.lock("jobs")).toEqual({});
});
