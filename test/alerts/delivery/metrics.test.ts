import { expect, onTestFinished, test, vi } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { AlertDelivery } from "../../../src/alerts/delivery/index.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { firing, resolved } from "./alerts-of.ts";
import { HttpServer } from "./http-server.ts";
import { Recorder } from "./recorder.ts";
import { TurnedClock } from "./turned-clock.ts";

test("notifications and failed attempts are counted by receiver, Alertmanagers included", async () => {
  const server = await HttpServer.start();
  const { provider, point } = collectingProvider();
  const [clock, groups, away] = [new TurnedClock(), new Recorder("groups"), new Recorder("away")];
  away.outcome = { kind: "failed", reason: "away" };
  const delivery = new AlertDelivery(
    { receivers: [{ type: "alertmanager", url: server.url() }] },
    { clock, receivers: [groups, away], meter: provider.getMeter("test"), random: () => 0.5 },
  );
  onTestFinished(() => delivery.close());
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await server.received(1);
  await clock.pass(30.2);
  await delivery.flush();
  const of = (name: string, receiver: string): Promise<unknown> =>
    point(name, { "alert.receiver": receiver });
  expect(await of("alerts.notifications", "groups")).toBe(1);
  expect(await of("alerts.notifications", "alertmanager")).toBe(1);
  expect(await of("alerts.notifications", "away")).toBeUndefined();
  expect(await of("alerts.notifications.failed", "away")).toBe(2);
  expect(await of("alerts.notifications.failed", "groups")).toBeUndefined();
});

test("at most 10,000 alerts are kept; further ones are counted as failed", async () => {
  const { provider, point } = collectingProvider();
  const [clock, recorder] = [new TurnedClock(), new Recorder()];
  const delivery = new AlertDelivery(
    { receivers: [] },
    { clock, receivers: [recorder], meter: provider.getMeter("test") },
  );
  onTestFinished(() => delivery.close());
  const alerts = Array.from({ length: 10_100 }, (_, i) => firing({ instance: String(i) }, clock.seconds));
  delivery.update(alerts, clock.seconds);
  await delivery.updated();
  await clock.pass(60);
  // They are sent in slices, each of which has a turn of the event loop.
  await vi.waitFor(() =>
    expect(recorder.accepted.reduce((sum, each) => sum + each.alerts.length, 0)).toBe(10_000),
  );
  expect(await point("alerts.notifications.failed", { "alert.receiver": "recorder" })).toBe(100);
});

test("what waits for a receiver that is away is bounded; the oldest alerts are dropped and counted", async () => {
  const { provider, point } = collectingProvider();
  const [clock, recorder] = [new TurnedClock(), new Recorder("full", "alerts")];
  recorder.outcome = { kind: "failed", reason: "away" };
  const delivery = new AlertDelivery(
    { receivers: [] },
    { clock, receivers: [recorder], meter: provider.getMeter("test"), random: () => 0.5 },
  );
  onTestFinished(() => delivery.close());
  for (let round = 0; round < 3; round++) {
    const alerts = Array.from({ length: 9_000 }, (_, i) =>
      firing({ instance: `${round}-${i}` }, clock.seconds),
    );
    delivery.update(alerts, clock.seconds);
    await delivery.updated();
    await clock.pass(60);
    delivery.update(
      alerts.map((each) => ({ ...each, state: "resolved", resolvedAt: clock.seconds })),
      clock.seconds,
    );
    await delivery.updated();
    await clock.pass(310);
  }
  expect(await point("alerts.notifications.failed", { "alert.receiver": "full" })).toBeGreaterThan(10_000);
  recorder.outcome = { kind: "delivered" };
  await delivery.flush();
  expect(recorder.accepted.length).toBeGreaterThan(15_000);
  expect(recorder.accepted.length).toBeLessThanOrEqual(20_000);
  // Each alert that is left fires before it is resolved.
  const fired = new Set<string | undefined>();
  const early = recorder.accepted.flatMap(({ alerts }) =>
    alerts.filter(({ state, labels }) => {
      if (state === "firing") fired.add(labels["instance"]);
      return !fired.has(labels["instance"]);
    }),
  );
  expect(early).toEqual([]);
});

test("alerts that are dropped while they are announced are announced again", async () => {
  const [clock, recorder] = [new TurnedClock(), new Recorder()];
  const delivery = new AlertDelivery(
    { receivers: [], route: { groupBy: ["g"], groupWait: 1, groupInterval: 60 } },
    { clock, receivers: [recorder], random: () => 0.5 },
  );
  onTestFinished(() => delivery.close());
  const update = async (alerts: readonly Alert[], seconds: number): Promise<void> => {
    delivery.update(alerts, clock.seconds);
    await delivery.updated();
    await clock.pass(seconds);
  };
  const alerts = Array.from({ length: 9_984 }, (_, i) =>
    firing({ g: `${i % 39}`, instance: `${i}` }, clock.seconds),
  );
  recorder.outcome = { kind: "failed", reason: "away" };
  // All are attempted, so that later states are added to them.
  await update(alerts, 3_000);
  await update(
    alerts.map((alert) => resolved(alert, clock.seconds)),
    3_000,
  );
  await update(alerts, 3_000);
  recorder.outcome = { kind: "delivered" };
  await update(alerts, 600);
  const states = new Map(
    recorder.accepted.flatMap((each) => each.alerts.map(({ labels, state }) => [labels["instance"], state])),
  );
  expect([...states.values()].filter((state) => state === "firing")).toHaveLength(9_984);
});
