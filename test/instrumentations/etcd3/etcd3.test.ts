import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";
import type { Etcd3 as Client } from "etcd3";
import { Coordination } from "../../../src/facades/coordination/index.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { etcd3 as instrumented } from "../../../instrumentations/etcd3/index.ts";
import { begin } from "../../../instrumentations/etcd3/instrumentation.ts";
import { startEtcd } from "../../servers/etcd.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { CoordinationFigures } from "../coordination-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { restarted } from "../restarted.ts";

const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
// In these tests, `require` resolves to the ES module of `long`, in which protobufjs finds no class. Ids of leases
// would lose their last digits. protobufjs also accepts a global class.
const asEtcd3 = createRequire(require.resolve("etcd3"));
const long: { readonly default: unknown } = asEtcd3("long");
Reflect.set(globalThis, "Long", long.default);
// Required after the instrumentation is enabled.
const etcd3: typeof import("etcd3") = require("etcd3");
instrumentation.disable();
const replaced = [
  [etcd3.Namespace.prototype, "lock"],
  [etcd3.Lock.prototype, "acquire"],
  [etcd3.Lock.prototype, "release"],
  [etcd3.Election.prototype, "campaign"],
  [etcd3.Election.prototype, "observe"],
  [etcd3.Campaign.prototype, "emit"],
  [etcd3.Campaign.prototype, "resign"],
  [etcd3.ElectionObserver.prototype, "emit"],
  [etcd3.Lease.prototype, "emit"],
] as const;
const untouched = replaced.map(([target, name]) => Reflect.get(target, name));

const server = serverOfFile("etcd", startEtcd);
const collecting = measured(instrumentation);
const figures = new CoordinationFigures(collecting);
let coordination: Coordination;
let clients: Client[];

beforeEach(() => {
  coordination = new Coordination({ meterProvider: collecting.provider });
  clients = [];
  instrumentation.setConfig({ coordination });
});

afterEach(() => {
  for (const client of clients) client.close();
  diag.disable();
});

function connect(): Client {
  const client = new etcd3.Etcd3({ hosts: server().url });
  clients.push(client);
  return client;
}

function leading(election: string): Promise<unknown> {
  return collecting.point("coordination.is_leader", { "coordination.election.name": election });
}

test("a lock is waited for, held and released", async () => {
  const lock = connect().lock("accounts:4711");
  expect(await lock.acquire()).toBe(lock);
  expect(await figures.lock("accounts:*")).toEqual({ waits: 1 });
  await lock.release();
  expect(await figures.lock("accounts:*")).toEqual({ waits: 1, holds: 1 });
});

test("a lock held by another client is contended and not acquired", async () => {
  const client = connect();
  const lock = await client.namespace("shop/").lock("jobs").acquire();
  await expect(client.namespace("shop/").lock("jobs").acquire()).rejects.toThrow(etcd3.EtcdLockFailedError);
  expect(await figures.lock("jobs")).toEqual({ waits: 1, contentions: 1 });
  const failure = { "coordination.lock.name": "jobs", "error.type": "EtcdLockFailedError" };
  expect(await collecting.point("coordination.lock.failures", failure)).toBe(1);
  await lock.release();
  expect(
    await client
      .namespace("shop/")
      .lock("jobs")
      .do(() => "done"),
  ).toBe("done");
  expect(await figures.lock("jobs")).toEqual({ waits: 2, holds: 2, contentions: 1 });
});

test("releasing a lock that was never acquired throws as before", () => {
  expect(() => connect().lock("jobs").release()).toThrow(
    "Attempted to release a lock which was not acquired",
  );
});

test("a candidate is elected, leads until it resigns, and the next one follows", async () => {
  const [first, second] = [connect().election("scheduler"), connect().election("scheduler")];
  const one = await first.campaign("node-1").wait();
  expect(await leading("scheduler")).toBe(1);
  expect(coordination.leader).toBe("scheduler/node-1");
  expect(await collecting.point("coordination.leader.changes")).toBe(1);
  const other = second.campaign("node-2");
  const elected = other.wait();
  await one.resign();
  expect(await leading("scheduler")).toBe(0);
  await elected;
  expect(await leading("scheduler")).toBe(1);
  expect(coordination.leader).toBe("scheduler/node-2");
  expect(await collecting.point("coordination.leader.changes")).toBe(2);
  const durations = { "coordination.election.name": "scheduler" };
  expect(await collecting.point("coordination.election.duration", durations)).toMatchObject({ count: 2 });
  await other.resign();
});

test("elections whose names differ by an id have a leader each", async () => {
  const candidates = await Promise.all(
    ["shard/1", "shard/2"].map((name) => connect().election(name).campaign("node-1").wait()),
  );
  expect([await leading("shard/1"), await leading("shard/2")]).toEqual([1, 1]);
  await candidates[1]?.resign();
  expect([await leading("shard/1"), await leading("shard/2")]).toEqual([1, 0]);
  await candidates[0]?.resign();
});

test("an observer of an election sees each change once, beside candidates of the same process", async () => {
  const election = connect().election("observed");
  const campaign = await election.campaign("node-1").wait();
  const observer = await connect().election("observed").observe();
  expect(observer.leader()).toBe("node-1");
  expect(await collecting.point("coordination.leader.changes")).toBe(1);
  await campaign.proclaim("node-1 at 10.0.0.2");
  await vi.waitFor(() => expect(coordination.leader).toBe("observed/node-1 at 10.0.0.2"));
  expect(await collecting.point("coordination.leader.changes")).toBe(2);
  await observer.cancel();
  await campaign.resign();
});

test("an observer alone sees the current leader", async () => {
  instrumentation.disable();
  const campaign = await connect().election("foreign").campaign("node-9").wait();
  instrumentation.enable();
  const observer = await connect().election("foreign").observe();
  expect(coordination.leader).toBe("foreign/node-9");
  expect(await leading("foreign")).toBeUndefined();
  await observer.cancel();
  await campaign.resign();
});

test("a lease is kept alive by messages that receive a reply", async () => {
  // The second message would come after 200 s.
  const lease = connect().lease(600);
  await lease.grant();
  const type = { "coordination.message.type": "lease.keepalive" };
  await vi.waitFor(async () => {
    expect(await collecting.point("coordination.messages", type)).toBe(1);
  });
  expect(await collecting.point("coordination.message.latency", type)).toMatchObject({ count: 1 });
  await lease.revoke();
  expect(await collecting.point("coordination.leases.lost")).toBeUndefined();
});

test("a lease that the server has removed is lost once, and its candidate no longer leads", async () => {
  const campaigner = connect();
  const campaign = campaigner.election("lost").campaign("node-1");
  const errors: unknown[] = [];
  campaign.on("error", (error) => errors.push(error));
  await campaign.wait();
  const key = await campaign.getCampaignKey();
  // The lease id in base ten, as in etcd3.
  await campaigner.leaseClient.leaseRevoke({ ID: key.slice(key.lastIndexOf("/") + 1) });
  await expect(campaign.proclaim("node-1 again")).rejects.toThrow(etcd3.NotCampaigningError);
  const lease = campaigner.lease(10);
  await campaigner.leaseClient.leaseRevoke({ ID: await lease.grant() });
  await expect(lease.keepaliveOnce()).rejects.toThrow(etcd3.EtcdLeaseInvalidError);
  await expect(lease.put("key").value("value")).rejects.toThrow(etcd3.EtcdLeaseInvalidError);
  expect(await collecting.point("coordination.leases.lost")).toBe(1);
  expect(await leading("lost")).toBe(0);
});

test("no lock is acquired while the server is down, and locks are acquired once it is back", async () => {
  const client = connect();
  await server().kill();
  await expect(client.lock("jobs").acquire()).rejects.toThrow(/ECONNREFUSED|UNAVAILABLE|connect/i);
  expect(await figures.lock("jobs")).toEqual({});
  expect(await collecting.points("coordination.lock.failures")).toHaveLength(1);
  await server().startAgain();
  // A client that has met the dead server retries only after 5 s.
  await connect()
    .lock("jobs")
    .do(() => {});
  expect(await figures.lock("jobs")).toEqual({ waits: 1, holds: 1 });
});

test("the name option names locks and elections", async () => {
  instrumentation.setConfig({ coordination, name: (given) => given.toUpperCase() });
  await connect()
    .lock("jobs")
    .do(() => {});
  const campaign = await connect().election("scheduler").campaign("node-1").wait();
  expect(await figures.lock("JOBS")).toEqual({ waits: 1, holds: 1 });
  expect(await leading("SCHEDULER")).toBe(1);
  await campaign.resign();
});

test("disabling restores the original functions", async () => {
  instrumentation.disable();
  expect(replaced.map(([target, name]) => Reflect.get(target, name))).toEqual(untouched);
  const emitters = replaced.filter(([, name]) => name === "emit");
  expect(emitters.filter(([target]) => Object.hasOwn(target, "emit"))).toEqual([]);
  await connect()
    .lock("jobs")
    .do(() => {});
  expect(await figures.lock("jobs")).toEqual({});
});

test("after a restart, the leader still leads", async () => {
  const election = connect().election("after restart", 10);
  const campaign = election.campaign("node 1");
  await campaign.wait();
  const expectGauges = restarted(instrumentation, instrumented, begin, {});
  await expectGauges({ "coordination.is_leader": 1 });
  await campaign.resign();
  await expectGauges({ "coordination.is_leader": 0 });
});
