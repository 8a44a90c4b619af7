import { AssertionError } from "node:assert";
import { createTestTelemetry, type TestTelemetry } from "tachymeter/testing";
import { expect, test, vi } from "vitest";

const JOBS = { "messaging.destination.name": "jobs" };

function busy(): TestTelemetry {
  const telemetry = createTestTelemetry();
  telemetry.messaging.sent("jobs", 3);
  telemetry.messaging.sent("mails");
  telemetry.messaging.processed("jobs", 0.25);
  telemetry.coordination.join("a");
  return telemetry;
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => "nothing was thrown",
    (thrown: unknown) => thrown,
  );
  return error instanceof AssertionError ? error.message : `no AssertionError: ${String(error)}`;
}

test("an expected value passes, and is returned", async () => {
  const { expectMetric } = busy();
  expect(await expectMetric("messages.sent")).toBe(4);
  expect(await expectMetric("messages_sent_total", JOBS).toBe(3)).toBe(3);
  const processed = { count: 1, sum: 0.25, min: 0.25, max: 0.25 };
  expect(await expectMetric("message.processing.duration", JOBS).toHaveCount(1).toHaveSum(0.25)).toEqual(
    processed,
  );
});

test("a sum may differ by rounding errors, and no more", async () => {
  const { expectMetric, messaging } = createTestTelemetry();
  messaging.processed("jobs", 0.1);
  messaging.processed("jobs", 0.2);
  await expectMetric("message.processing.duration").toHaveSum(0.3);
  expect(await messageOf(expectMetric("message.processing.duration").toHaveSum(0.300001))).toContain(
    "its sum is 0.30000000000000004, not 0.300001",
  );
});

test("NaN equals NaN", async () => {
  const { expectMetric, meterProvider } = createTestTelemetry();
  meterProvider.getMeter("shop").createGauge("share").record(NaN);
  await expectMetric("share").toBe(NaN);
  expect(await messageOf(expectMetric("share").toBe(0))).toContain("its value is NaN, not 0");
});

test("an unknown name fails with the most similar names", async () => {
  const { expectMetric } = busy();
  expect(await messageOf(expectMetric("message.sent")))
    .toBe(`metric "message.sent": nothing was recorded under this name; nearest are:
  messages.sent (messages_sent_total)`);
  expect(await messageOf(expectMetric("messages_sent"))).toContain("\n  messages.sent (messages_sent_total)");
});

test("a name without similar ones fails with all names, at most ten", async () => {
  const { expectMetric, meterProvider } = createTestTelemetry();
  const meter = meterProvider.getMeter("shop");
  for (let i = 0; i < 12; i++) meter.createCounter(`shop.thing${i}`).add(1);
  const message = await messageOf(expectMetric("q"));
  expect(message).toContain("there are:\n  coordination.active_nodes (coordination_active_nodes)\n");
  expect(message.split("\n").slice(-1)).toEqual(["  … and 4 more"]);
});

test("a metric without measurements fails with that reason", async () => {
  const { expectMetric, meterProvider } = createTestTelemetry();
  meterProvider.getMeter("shop").createCounter("orders");
  expect(await messageOf(expectMetric("orders"))).toBe(
    'metric "orders": it was created, but nothing was recorded',
  );
});

test("attributes without a series fail with the most similar series first", async () => {
  const { expectMetric } = busy();
  const asked = { "messaging.destination.name": "mails", "messaging.system.name": "kafka" };
  expect(await messageOf(expectMetric("messages.sent", asked).toBe(1))).toBe(
    `metric "messages.sent" { "messaging.destination.name": "mails", "messaging.system.name": "kafka" }: it has no series with exactly these attributes; it has:
  { "messaging.destination.name": "mails" } 1
  { "messaging.destination.name": "jobs" } 3`,
  );
});

test("a different value fails with the recorded series", async () => {
  const { expectMetric } = busy();
  const wrong = expectMetric("messages.sent", JOBS).toBe(2);
  await expect(wrong).rejects.toMatchObject({ code: "ERR_ASSERTION", actual: 3, expected: 2 });
  expect(await messageOf(wrong)).toBe(
    `metric "messages.sent" { "messaging.destination.name": "jobs" }: its value is 3, not 2; it has:
  { "messaging.destination.name": "jobs" } 3
  { "messaging.destination.name": "mails" } 1`,
  );
  expect(await messageOf(expectMetric("message.processing.duration").toHaveCount(1).toHaveSum(1))).toBe(
    `metric "message.processing.duration": its sum is 0.25, not 1; it has:
  { "messaging.destination.name": "jobs" } count 1, sum 0.25, min 0.25, max 0.25`,
  );
});

test("a matcher for another kind of metric fails with the right matcher", async () => {
  const { expectMetric } = busy();
  expect(await messageOf(expectMetric("messages.sent").toHaveCount(4))).toContain(
    "it is not a histogram, its value is 4; use toBe",
  );
  expect(await messageOf(expectMetric("message.processing.duration").toBe(1))).toContain(
    "use toHaveCount or toHaveSum",
  );
});

test("callbacks that failed are reported if something is missing", async () => {
  const { expectMetric, meterProvider } = createTestTelemetry();
  const visitors = meterProvider.getMeter("shop").createObservableGauge("visitors");
  visitors.addCallback(() => {
    throw new Error("the counter is broken");
  });
  expect(await messageOf(expectMetric("visitors"))).toContain(
    "and callbacks failed:\n  Error: the counter is broken",
  );
});

test("the stack of a failure starts at the line of the test", async () => {
  const { expectMetric } = busy();
  const error: unknown = await expectMetric("messages.sent")
    .toBe(1)
    .catch((thrown: unknown) => thrown);
  const frames =
    error instanceof Error ? (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)) : [];
  expect(frames[0]).toContain("expectation.test.ts");
});

test("only the last promise of a chain must be awaited", async () => {
  const unhandled = vi.fn<(reason: unknown) => void>();
  process.on("unhandledRejection", unhandled);
  try {
    const { expectMetric } = busy();
    await messageOf(expectMetric("nothing").toBe(1).toBe(2));
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});
