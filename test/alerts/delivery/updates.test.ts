// Updates with many alerts, and the state of a folder that is taken over while the process runs.
import { expect, onTestFinished, test } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { AlertDelivery, type DeliveryParts } from "../../../src/alerts/delivery/index.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { firing, resolved } from "./alerts-of.ts";
import { Recorder } from "./recorder.ts";
import { TurnedClock } from "./turned-clock.ts";

const MANY = 5_000;

function started(parts: DeliveryParts = {}) {
  const [clock, recorder] = [new TurnedClock(), new Recorder()];
  const events: string[] = [];
  const delivery = new AlertDelivery(
    { receivers: [], route: { groupWait: 0, groupInterval: 60 } },
    {
      clock,
      receivers: [recorder],
      onEvent: (type, { labels }) => events.push(`${type} ${labels["instance"]}`),
      ...parts,
    },
  );
  onTestFinished(() => delivery.close());
  return { clock, recorder, delivery, events };
}

function many(clock: TurnedClock): Alert[] {
  return Array.from({ length: MANY }, (_, i) => firing({ instance: String(i) }, clock.seconds));
}

test("an update of many alerts leaves turns of the event loop to others, and keeps the order of states", async () => {
  const { clock, delivery, events } = started();
  const alerts = many(clock);
  delivery.update(alerts, clock.seconds);
  delivery.update([resolved(alerts[0]!, clock.seconds)], clock.seconds);
  delivery.update([alerts[0]!], clock.seconds);
  const counts = [events.length];
  const waiting = new Set(["update"]);
  void delivery.updated().then(() => waiting.clear());
  while (waiting.size > 0) {
    await new Promise((resolve) => void setImmediate(resolve));
    counts.push(events.length);
  }
  expect(counts[0]).toBeLessThan(100);
  // Not all the rest in one turn.
  expect(new Set(counts).size).toBeGreaterThan(3);
  expect(events.length).toBe(MANY + 2);
  expect(events.filter((event) => event.endsWith(" 0"))).toEqual([
    "alert.firing 0",
    "alert.resolved 0",
    "alert.firing 0",
  ]);
});

test("no notification has a part of an update", async () => {
  const { clock, recorder, delivery } = started();
  const alerts = many(clock).map(({ labels, ...each }, i) => ({
    ...each,
    labels: { ...labels, alertname: `Test${i % 50}` },
  }));
  // One of each group, so that notifications are due amid the second update.
  delivery.update(alerts.slice(0, 50), clock.seconds);
  delivery.update(alerts, clock.seconds);
  clock.skip(31);
  await clock.pass(31);
  expect(recorder.accepted).toHaveLength(50);
  expect(recorder.accepted.map(({ alerts: each }) => each.length)).toEqual(
    Array.from({ length: 50 }, () => MANY / 50),
  );
});

test("a closed delivery takes no further part of an update", async () => {
  const { clock, delivery, events } = started();
  delivery.update(many(clock), clock.seconds);
  await delivery.close();
  expect(events.length).toBeLessThan(MANY);
});

test("alerts of a folder that is taken over end or go on, and are not announced again", async () => {
  const directory = newFolder("delivery");
  const before = started({ directory });
  const [a, b, c] = ["a", "b", "c"].map((instance) => firing({ instance }, before.clock.seconds));
  before.delivery.update([a!, b!], before.clock.seconds);
  await before.clock.pass(10);
  before.recorder.outcome = { kind: "failed", reason: "away" };
  before.delivery.update([resolved(b!, before.clock.seconds)], before.clock.seconds);
  await before.clock.pass(60);
  await before.delivery.close();

  const { clock, recorder, delivery } = started();
  delivery.update([c!], clock.seconds);
  await clock.pass(10);
  expect(recorder.texts).toEqual(["Testc firing"]);
  delivery.adopt(directory);
  await clock.pass(10);
  // The notification that waited for the receiver of the other process.
  expect(recorder.texts.slice(1)).toEqual(["Testa firing, Testb resolved"]);
  delivery.update([a!, c!], clock.seconds);
  await clock.pass(120);
  expect(recorder.texts).toHaveLength(2);
  delivery.update([resolved(a!, clock.seconds), resolved(c!, clock.seconds)], clock.seconds);
  await clock.pass(120);
  expect(recorder.texts.slice(2)).toEqual(["Testa resolved, Testc resolved"]);
  await delivery.close();

  const next = started({ directory });
  await next.clock.pass(120);
  expect(next.recorder.texts).toEqual([]);
});
