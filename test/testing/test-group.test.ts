import { metrics } from "@opentelemetry/api";
import { setTimeout } from "node:timers/promises";
import { createTestGroup } from "tachymeter/testing";
import { expect, test } from "vitest";

test("what members record appears in the group, also after they have left", async () => {
  await using group = createTestGroup(2);
  const [a, b] = group.members;
  if (a === undefined || b === undefined) throw new Error("a member is missing");
  group.messaging.sent("jobs");
  a.messaging.sent("jobs", 2);
  b.messaging.received("jobs");
  b.meterProvider.getMeter("shop").createUpDownCounter("open").add(3);
  b.meterProvider
    .getMeter("shop")
    .createObservableGauge("level")
    .addCallback((result) => result.observe(4));
  a.health.set("cache", "unhealthy");
  await group.expectMetric("messages.sent", { "messaging.destination.name": "jobs" }).toBe(3);
  expect(await group.value("messages_received_total")).toBe(1);
  expect([await group.value("open"), await group.value("level")]).toEqual([3, 4]);
  expect(await group.value("health.component.status", { "health.component": "cache" })).toBe(3);
  await a.leave();
  await a.leave();
  await b.leave();
  await group.expectMetric("messages.sent").toBe(3);
  expect([await group.value("open"), await group.value("level")]).toEqual([undefined, undefined]);
  expect(metrics.getMeterProvider()).not.toBe(group.meterProvider);
});

test("events of members reach the hooks of the group, and the members' own", async () => {
  await using group = createTestGroup(2);
  const heard: string[] = [];
  group.events.on("order", ({ source }) => heard.push(source));
  for (const [i, { events }] of group.members.entries()) {
    events.on("order", ({ source }) => heard.push(`${source} itself`));
    events.record({ event_type: "order", source: `member ${i}` });
  }
  expect(heard).toEqual(["member 0", "member 0 itself", "member 1", "member 1 itself"]);
  expect(group.events.recent().map(({ source }) => source)).toEqual(["member 0", "member 1"]);
  await group.expectMetric("telemetry.events").toBe(2);
});

test("facades of the group have the state of its members, until these leave", async () => {
  await using group = createTestGroup(2);
  const [a, b] = group.members;
  if (a === undefined || b === undefined) throw new Error("a member is missing");
  group.health.set("cache", "healthy", "warm", { critical: false });
  a.health.set("cache", "degraded", "slow", { critical: false });
  b.health.set("cache", "unknown");
  b.health.set("database", "unhealthy", "gone");
  for (const { coordination } of [group, a, b]) coordination.join("node-1");
  a.coordination.join("node-2", { lasting: true });
  b.coordination.heartbeat("node-3");
  b.coordination.leaderChanged("node-3");
  for (const { kernels } of [group, a]) {
    kernels.launch("resizer");
    kernels.recordReceive("resizer");
    kernels.recordProcessed("resizer", 0.5);
  }
  b.kernels.launch("mailer");
  a.commands.recordExecution(true, 2, "backup");
  b.commands.recordExecution(false, 4, "backup");
  await group.collect();
  expect(group.health.report()).toMatchObject({
    status: "unhealthy",
    components: {
      cache: { status: "degraded", reason: "slow", critical: true },
      database: { status: "unhealthy", reason: "gone", critical: true },
    },
  });
  expect(group.health.answer("/healthz")?.status).toBe(503);
  expect(a.health.status).toBe("degraded");
  expect([group.coordination.activeNodes, group.coordination.leader]).toEqual([3, "node-3"]);
  expect(await group.value("coordination.active_nodes")).toBe(3);
  expect(await group.value("health.status")).toBe(3);
  expect(group.kernels.getTelemetry("resizer")).toMatchObject({ messagesProcessed: 2, state: "launched" });
  expect(group.kernels.getSummary()).toMatchObject({ kernelCount: 2, totalMessages: 2 });
  expect(await group.value("kernel.messages.processed", { "kernel.id": "resizer" })).toBe(2);
  await a.leave();
  await b.leave();
  expect(group.health.report()).toMatchObject({
    status: "healthy",
    components: { cache: { reason: "warm" } },
  });
  expect([group.coordination.activeNodes, group.coordination.leader]).toEqual([1, undefined]);
  expect([...group.kernels.getAllTelemetry().keys()]).toEqual(["resizer"]);
  expect(await group.commands.getStats()).toMatchObject({
    commandsExecuted: 2,
    successfulCommands: 1,
    totalExecutionTime: 6,
    averageExecutionTime: "3.00s",
  });
});

test("metrics that members register appear in the group", async () => {
  await using group = createTestGroup(2);
  for (const { collector } of group.members) {
    const orders = collector.registerCounter("orders", "Orders.");
    orders.increment(3);
  }
  expect(await group.value("orders")).toBe(6);
});

test("a member that becomes the leader again is the group's leader", async () => {
  await using group = createTestGroup(2);
  const [a, b] = group.members;
  for (const [member, leader] of [
    [a, "a"],
    [b, "b"],
    [a, "a"],
  ] as const) {
    member?.coordination.leaderChanged(leader);
    await group.collect();
    await setTimeout(2);
  }
  await group.collect();
  expect(group.coordination.leader).toBe("a");
});

test("views, policies and limits apply to the whole group", async () => {
  const { members, collect, value, shutdown } = createTestGroup(3, {
    cardinalityLimit: 5,
    views: [{ instrumentName: "level", acrossMembers: "sum" }],
  });
  for (const [i, { meterProvider }] of members.entries()) {
    meterProvider.getMeter("shop").createGauge("level").record(i);
    for (let series = 0; series < 4; series++)
      meterProvider
        .getMeter("shop")
        .createCounter("orders")
        .add(1, { series: 4 * i + series });
  }
  expect(await value("level")).toBe(3);
  expect(await value("orders")).toBe(12);
  const orders = (await collect()).find(({ name }) => name === "orders");
  expect(orders?.series).toHaveLength(6);
  await shutdown();
});

test.each([0, -1, 1.5, 1_001, "2"])("%s members are refused", (members) => {
  expect(() => Reflect.apply(createTestGroup, undefined, [members])).toThrow(
    `createTestGroup: members must be an integer from 1 to 1,000, got ${JSON.stringify(members)}`,
  );
});
