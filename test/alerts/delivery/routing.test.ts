import { expect, test } from "vitest";
import {
  AlertDelivery,
  type DeliveryOptions,
  type DeliveryParts,
} from "../../../src/alerts/delivery/index.ts";
import { firing, resolved } from "./alerts-of.ts";
import { Recorder } from "./recorder.ts";
import { TurnedClock } from "./turned-clock.ts";

const MINUTE = 60;
const HOUR = 3_600;

function started(options: DeliveryOptions = {}, parts: DeliveryParts = {}) {
  const clock = new TurnedClock();
  const recorder = new Recorder();
  const delivery = new AlertDelivery(
    { receivers: [], ...options },
    { clock, receivers: [recorder], ...parts },
  );
  return { clock, recorder, delivery };
}

test("alerts of one name share a notification, 30 s after the first of them fired", async () => {
  const { clock, recorder, delivery } = started();
  delivery.update([firing({ instance: "a" }, clock.seconds)], clock.seconds);
  await clock.pass(20);
  delivery.update([firing({ instance: "b" }, clock.seconds)], clock.seconds);
  await clock.pass(9);
  expect(recorder.texts).toEqual([]);
  await clock.pass(2);
  expect(recorder.texts).toEqual(["Testa firing, Testb firing"]);
});

test("groups have the labels of groupBy that the alerts have, and their keys look like Alertmanager's", async () => {
  const { clock, recorder, delivery } = started({ route: { groupBy: ["job", "zone"] } });
  const now = clock.seconds;
  delivery.update(
    [
      firing({ job: "a", instance: "1" }, now),
      firing({ job: "a", instance: "2" }, now),
      firing({ job: "b", zone: 'x"y', instance: "3" }, now),
      firing({ instance: "4" }, now),
    ],
    now,
  );
  await clock.pass(31);
  expect(recorder.texts).toEqual(["Test1 firing, Test2 firing", "Test3 firing", "Test4 firing"]);
  expect(recorder.accepted.map(({ groupKey }) => groupKey)).toEqual([
    '{}:{job="a"}',
    '{}:{job="b", zone="x\\"y"}',
    "{}:{}",
  ]);
});

test("with all labels as groupBy, each alert has a notification of its own", async () => {
  const { clock, recorder, delivery } = started({ route: { groupBy: ["..."] } });
  const now = clock.seconds;
  delivery.update([firing({ instance: "1" }, now), firing({ instance: "2" }, now)], now);
  await clock.pass(31);
  expect(recorder.texts).toEqual(["Test1 firing", "Test2 firing"]);
});

test("a group that changes is sent after the group interval, with resolved alerts", async () => {
  const { clock, recorder, delivery } = started();
  const a = firing({ instance: "a" }, clock.seconds);
  delivery.update([a], clock.seconds);
  await clock.pass(40);
  delivery.update([resolved(a, clock.seconds), firing({ instance: "b" }, clock.seconds)], clock.seconds);
  await clock.pass(4 * MINUTE);
  expect(recorder.texts).toEqual(["Testa firing"]);
  await clock.pass(MINUTE);
  expect(recorder.texts).toEqual(["Testa firing", "Testa resolved, Testb firing"]);
});

test("an alert that resolves before it was announced is not sent", async () => {
  const { clock, recorder, delivery } = started();
  const a = firing({}, clock.seconds);
  delivery.update([a], clock.seconds);
  await clock.pass(10);
  delivery.update([resolved(a, clock.seconds)], clock.seconds);
  await clock.pass(HOUR);
  expect(recorder.texts).toEqual([]);
});

test("an unchanged group is repeated after the repeat interval, not before", async () => {
  const { clock, recorder, delivery } = started();
  const a = firing({}, clock.seconds);
  for (let i = 0; i < 8 * 60; i++) {
    delivery.update([a], clock.seconds);
    await clock.pass(MINUTE);
  }
  expect(recorder.texts).toEqual(["Test firing", "Test firing"]);
  const [first, second] = recorder.accepted.map(({ timeUnixMillis }) => timeUnixMillis / 1_000);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(4 * HOUR);
});

test("an alert that fires again between two notifications is not announced again", async () => {
  const { clock, recorder, delivery } = started();
  const a = firing({}, clock.seconds);
  delivery.update([a], clock.seconds);
  await clock.pass(40);
  delivery.update([resolved(a, clock.seconds)], clock.seconds);
  await clock.pass(MINUTE);
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(HOUR);
  expect(recorder.texts).toEqual(["Test firing"]);
});

test("an alert that fired long ago is announced at once", async () => {
  const { clock, recorder, delivery } = started();
  delivery.update([firing({}, clock.seconds - 31)], clock.seconds);
  await clock.pass(1);
  expect(recorder.texts).toEqual(["Test firing"]);
});

test("a source suppresses targets with equal labels while it fires", async () => {
  const { clock, recorder, delivery } = started({
    inhibit: [{ source: 'alertname="NodeDown"', target: 'severity="warning"', equal: ["node", "zone"] }],
    route: { groupBy: ["..."] },
  });
  const node = firing({ alertname: "NodeDown", node: "1" }, clock.seconds);
  const slow = firing({ alertname: "Slow", node: "1", severity: "warning" }, clock.seconds);
  const other = firing({ alertname: "Other", node: "2", severity: "warning" }, clock.seconds);
  const zoned = firing({ alertname: "Zoned", node: "1", zone: "z", severity: "warning" }, clock.seconds);
  delivery.update([node, slow, other, zoned], clock.seconds);
  await clock.pass(31);
  expect(recorder.texts.toSorted()).toEqual(["NodeDown firing", "Other firing", "Zoned firing"]);
  expect(delivery.suppression(slow.labels)).toEqual({ silencedBy: [], isInhibited: true, isMuted: false });
  delivery.update([resolved(node, clock.seconds), slow, other, zoned], clock.seconds);
  await clock.pass(10 * MINUTE);
  expect(recorder.texts.slice(3).toSorted()).toEqual(["NodeDown resolved", "Slow firing"]);
});

test("an alert that matches both sides is not suppressed by such alerts", async () => {
  const { clock, recorder, delivery } = started({
    inhibit: [{ source: 'severity=~"critical|warning"', target: 'severity="warning"' }],
    route: { groupBy: ["..."] },
  });
  const [a, b] = ["A", "B"].map((alertname) => firing({ alertname, severity: "warning" }, clock.seconds));
  delivery.update([a!, b!], clock.seconds);
  await clock.pass(31);
  expect(recorder.texts).toEqual(["A firing", "B firing"]);
});

test("a silenced alert is announced after the end of the silence, if it still fires", async () => {
  const { clock, recorder, delivery } = started();
  delivery.silences.add('alertname="Test", instance!~"z.*"', {
    until: clock.seconds + HOUR,
    comment: "at work",
  });
  const a = firing({ instance: "a" }, clock.seconds);
  const brief = firing({ instance: "brief" }, clock.seconds);
  delivery.update([a, brief, firing({ instance: "zz" }, clock.seconds)], clock.seconds);
  await clock.pass(40);
  delivery.update([resolved(brief, clock.seconds)], clock.seconds);
  await clock.pass(50 * MINUTE);
  expect(recorder.texts).toEqual(["Testzz firing"]);
  delivery.update([a, firing({ instance: "zz" }, 0)], clock.seconds);
  await clock.pass(20 * MINUTE);
  expect(recorder.texts).toEqual(["Testzz firing", "Testa firing, Testzz firing"]);
  expect(delivery.silences.active()).toEqual([]);
});

test("an announced alert that resolves during a silence is reported as resolved after it", async () => {
  const { clock, recorder, delivery } = started();
  const a = firing({}, clock.seconds);
  delivery.update([a], clock.seconds);
  await clock.pass(40);
  const end = delivery.silences.add('alertname="Test"', { until: clock.seconds + 24 * HOUR, comment: "x" });
  delivery.update([resolved(a, clock.seconds)], clock.seconds);
  await clock.pass(2 * HOUR);
  expect(recorder.texts).toEqual(["Test firing"]);
  end();
  await clock.pass(5 * MINUTE);
  expect(recorder.texts).toEqual(["Test firing", "Test resolved"]);
});

test("nothing is sent at a mute time; it is sent after it", async () => {
  // 22:13:20 UTC on a Tuesday.
  const { clock, recorder, delivery } = started({
    muteTimes: [{ weekdays: ["monday:friday"], times: ["23:00-08:00"], location: "Europe/Berlin" }],
  });
  delivery.update([firing({}, clock.seconds)], clock.seconds);
  await clock.pass(HOUR);
  expect(recorder.texts).toEqual([]);
  await clock.pass(9 * HOUR);
  expect(recorder.texts).toEqual(["Test firing"]);
});

test("events are recorded for each alert once, silenced or not", async () => {
  const events: string[] = [];
  const { clock, delivery } = started(
    {},
    {
      onEvent: (type, { labels }) => {
        events.push(`${type} ${labels["instance"]}`);
        throw new Error("the log is full");
      },
    },
  );
  delivery.silences.add('alertname="Test"', { until: clock.seconds + HOUR, comment: "x" });
  const a = firing({ instance: "a" }, clock.seconds);
  delivery.update([a], clock.seconds);
  delivery.update([a], clock.seconds);
  delivery.update([resolved(a, clock.seconds)], clock.seconds);
  delivery.update([resolved(a, clock.seconds)], clock.seconds);
  expect(events).toEqual(["alert.firing a", "alert.resolved a"]);
  await clock.pass(HOUR);
});

test("an alert whose rule is gone is resolved after a day of updates without it", async () => {
  const { clock, recorder, delivery } = started();
  const lost = firing({ instance: "lost" }, clock.seconds);
  const kept = firing({ instance: "kept" }, clock.seconds);
  delivery.update([lost, kept], clock.seconds);
  for (let i = 0; i < 24 * 12 + 2; i++) {
    await clock.leap(5 * MINUTE);
    delivery.update([kept], clock.seconds);
  }
  await clock.pass(5 * MINUTE);
  expect(recorder.texts[0]).toBe("Testkept firing, Testlost firing");
  expect(recorder.texts.filter((text) => text.includes("resolved"))).toEqual([
    "Testkept firing, Testlost resolved",
  ]);
});

test("a process that stood still for a day resolves nothing", async () => {
  const { clock, recorder, delivery } = started();
  const [a, b] = ["a", "b"].map((instance) => firing({ instance }, clock.seconds));
  delivery.update([a!, b!], clock.seconds);
  await clock.pass(24 * HOUR);
  delivery.update([a!], clock.seconds);
  await clock.pass(10 * MINUTE);
  expect(recorder.texts.filter((text) => text.includes("resolved"))).toEqual([]);
});

test("a clock that is set back or forward by a day delays nothing and resolves nothing", async () => {
  const { clock, recorder, delivery } = started();
  const a = firing({ instance: "a" }, clock.seconds);
  delivery.update([a], clock.seconds);
  clock.jump(-24 * HOUR);
  await clock.pass(31);
  expect(recorder.texts).toEqual(["Testa firing"]);
  delivery.update([a, firing({ instance: "b" }, clock.seconds)], clock.seconds);
  clock.jump(48 * HOUR);
  await clock.pass(5 * MINUTE);
  expect(recorder.texts.at(-1)).toBe("Testa firing, Testb firing");
});

test("a group of many alerts is split into notifications of at most 256", async () => {
  const { clock, recorder, delivery } = started();
  const alerts = Array.from({ length: 600 }, (_, i) => firing({ instance: String(i) }, clock.seconds));
  delivery.update(alerts, clock.seconds);
  await delivery.updated();
  await clock.pass(35);
  expect(recorder.accepted.map(({ alerts: each }) => each.length)).toEqual([256, 256, 88]);
  delivery.update(
    alerts.map((each) => resolved(each, clock.seconds)),
    clock.seconds,
  );
  await delivery.updated();
  await clock.pass(6 * MINUTE);
  expect(recorder.accepted.slice(3).map(({ alerts: each }) => each.length)).toEqual([256, 256, 88]);
});
