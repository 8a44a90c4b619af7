// The specification of alert generators, version 1.0, of Prometheus' compliance project: states and times. Each test has
// the requirement as its name.
import { expect, test } from "vitest";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { checkRuleText } from "../../../src/alerts/rules/rule-file.ts";
import { engineOver } from "./engine-over.ts";

const alerting = (fields: object): readonly RuleGroup[] => [
  { name: "g", rules: [{ alert: "A", expr: "x > 0", ...fields }] },
];

test("rules are accepted as YAML and as the equivalent JSON", () => {
  const yaml = checkRuleText(
    "f",
    "groups:\n- name: g\n  interval: 1m\n  rules:\n  - alert: A\n    expr: up == 0\n    for: 5m\n",
  );
  const json = checkRuleText(
    "f",
    '{"groups":[{"name":"g","interval":"1m","rules":[{"alert":"A","expr":"up == 0","for":"5m"}]}]}',
  );
  expect(yaml).toEqual(json);
  expect(yaml.problems).toEqual([]);
});

test("results of a rule are available to the rules after it, in their order, in the same evaluation", async () => {
  const { run, states } = engineOver(
    [
      {
        name: "g",
        rules: [
          { alert: "Before", expr: "r > 0" },
          { record: "r", expr: "x + 1" },
          { alert: "After", expr: "r > 0" },
          { alert: "OfAlerts", expr: 'ALERTS{alertname="After",alertstate="firing"} == 1' },
        ],
      },
    ],
    { x: "1" },
  );
  await run(0, 0);
  expect(states()).toEqual(["firing alertname=After", "firing alertname=OfAlerts,alertstate=firing"]);
});

test("each element of the result makes a distinct alert with its labels", async () => {
  const { run, states } = engineOver(alerting({}), { 'x{status="500"}': "1", 'x{status="400"}': "1" });
  await run(0, 0);
  expect(states()).toEqual(["firing alertname=A,status=500", "firing alertname=A,status=400"]);
});

test("templates are filled in for each alert, labels override those of the element, and alertname overrides all", async () => {
  const { run, engine } = engineOver(
    alerting({
      labels: { job: "of {{ $labels.job }}", alertname: "B" },
      annotations: { summary: "{{ $labels.job }} {{ $value }}" },
    }),
    { 'x{job="a"}': "1", 'x{job="b"}': "2" },
  );
  await run(0, 0);
  expect(engine.active()).toMatchObject([
    { labels: { alertname: "A", job: "of a" }, annotations: { summary: "a 1" } },
    { labels: { alertname: "A", job: "of b" }, annotations: { summary: "b 2" } },
  ]);
});

test("two alerts with the same labels are an error: nothing is sent or written, and the state of the rule shows it", async () => {
  const { run, engine, reports, rows } = engineOver(alerting({ labels: { job: "same" } }), {
    'x{job="a"}': "1x2",
    'x{job="b"}': "_ 1x2",
  });
  await run(0, 1);
  expect(reports[0]?.alerts).toHaveLength(1);
  expect(reports[1]?.alerts).toEqual([]);
  expect(await rows("timestamp(ALERTS)", 1)).toEqual(["alertname=A,alertstate=firing,job=same 0"]);
  expect(engine.groups()[0]?.rules[0]).toMatchObject({
    health: "err",
    lastError: "vector contains metrics with the same labelset after applying alert labels",
  });
});

test("an alert is pending from its first evaluation, and fires once it was active for at least `for`", async () => {
  const { run, states, engine, reports } = engineOver(alerting({ for: "2m" }), { x: "_ 1x9" });
  await run(0, 1);
  expect(states()).toEqual(["pending alertname=A"]);
  expect(reports.at(-1)?.alerts).toEqual([]);
  await run(2, 2);
  expect(states()).toEqual(["pending alertname=A"]);
  await run(3, 3);
  expect(states()).toEqual(["firing alertname=A"]);
  expect(engine.active()).toMatchObject([{ activeAt: 60, firedAt: 180 }]);
});

test("an alert without `for` fires at its first evaluation", async () => {
  const { run, engine } = engineOver(alerting({}), { x: "1x9" });
  await run(0, 0);
  expect(engine.active()).toMatchObject([{ state: "firing", activeAt: 0, firedAt: 0 }]);
});

test("an alert whose `for` is below the interval fires at the next evaluation", async () => {
  const { run, states } = engineOver(alerting({ for: "10s" }), { x: "1x9" });
  await run(0, 0);
  expect(states()).toEqual(["pending alertname=A"]);
  await run(1, 1);
  expect(states()).toEqual(["firing alertname=A"]);
});

test("annotations of pending and firing alerts are those of the latest evaluation", async () => {
  const { run, engine } = engineOver(alerting({ for: "1m", annotations: { v: "{{ $value }}" } }), {
    x: "1+1x9",
  });
  await run(0, 0);
  expect(engine.active()).toMatchObject([{ state: "pending", annotations: { v: "1" }, value: 1 }]);
  await run(1, 2);
  expect(engine.active()).toMatchObject([{ state: "firing", annotations: { v: "3" }, value: 3 }]);
});

test("a pending alert that is not in the result becomes inactive at once, and is never sent", async () => {
  const { run, states, reports } = engineOver(alerting({ for: "5m" }), { x: "1x2 0x9" });
  await run(0, 4);
  expect(states()).toEqual([]);
  expect(reports.flatMap(({ alerts }) => alerts)).toEqual([]);
});

test("a firing alert that is not in the result is resolved at once, and is passed on for 15 minutes", async () => {
  const { run, reports } = engineOver(alerting({}), { x: "1x2 0x40" });
  await run(0, 25);
  const resolved = reports.filter(({ alerts }) => alerts.some(({ state }) => state === "resolved"));
  expect(resolved.map(({ time }) => time / 60)).toEqual(Array.from({ length: 16 }, (_, i) => 3 + i));
  expect(resolved[0]?.alerts).toMatchObject([{ state: "resolved", firedAt: 0, resolvedAt: 180 }]);
});

test("an alert with the labels of an inactive one is a new alert", async () => {
  const { run, reports, engine } = engineOver(alerting({ for: "1m" }), { x: "1x2 0 1x5" });
  await run(0, 3);
  expect(reports.at(-1)?.alerts).toMatchObject([{ state: "resolved", firedAt: 60, resolvedAt: 180 }]);
  await run(4, 4);
  expect(reports.at(-1)?.alerts).toEqual([]);
  await run(5, 5);
  expect(engine.active()).toMatchObject([{ state: "firing", activeAt: 240, firedAt: 300 }]);
  expect(reports.at(-1)?.alerts).toHaveLength(1);
});

test("active alerts are series ALERTS with the value 1 at the time of the evaluation, inactive ones are not", async () => {
  const { run, rows } = engineOver(alerting({ for: "2m" }), { 'x{job="a"}': "1x3 0x9" });
  await run(0, 0);
  expect(await rows("{__name__='ALERTS'}", 0)).toEqual([
    "__name__=ALERTS,alertname=A,alertstate=pending,job=a 1",
  ]);
  expect(await rows("timestamp(ALERTS)", 0)).toEqual(["alertname=A,alertstate=pending,job=a 0"]);
  await run(1, 2);
  expect(await rows("ALERTS", 2)).toEqual(["__name__=ALERTS,alertname=A,alertstate=firing,job=a 1"]);
  expect(await rows("ALERTS_FOR_STATE", 2)).toEqual(["__name__=ALERTS_FOR_STATE,alertname=A,job=a 0"]);
  await run(3, 4);
  expect(await rows("ALERTS", 4)).toEqual([]);
  expect(await rows("ALERTS_FOR_STATE", 4)).toEqual([]);
});

test("the labels __name__ and alertstate of ALERTS override those of the alert", async () => {
  const { run, rows } = engineOver(alerting({ labels: { alertstate: "critical" } }), { x: "1" });
  await run(0, 0);
  expect(await rows("ALERTS", 0)).toEqual(["__name__=ALERTS,alertname=A,alertstate=firing 1"]);
});

test("alerts are passed on after each evaluation of their group, with the time of the evaluation", async () => {
  const { engine, groups, reports, source } = engineOver(
    [
      { name: "g", rules: [{ alert: "A", expr: "x > 0" }] },
      { name: "h", rules: [{ alert: "B", expr: "x > 0" }] },
    ],
    { x: "1x9" },
  );
  source.untilMillis = 60_000;
  await engine.evaluate(groups[1], 60_000);
  expect(reports).toMatchObject([{ time: 60, alerts: [{ name: "B" }] }]);
});

test("the states of groups and rules have the fields of the API", async () => {
  const { run, engine } = engineOver(
    [
      {
        name: "g",
        interval: "30s",
        rules: [
          { alert: "A", expr: "x > 0", for: "5m", labels: { a: "b" }, annotations: { c: "d" } },
          { record: "r", expr: "x" },
        ],
      },
    ],
    { x: "1" },
  );
  expect(engine.groups()[0]?.rules[0]?.health).toBe("unknown");
  await run(1, 1);
  expect(engine.groups()).toMatchObject([
    {
      name: "g",
      file: "test",
      interval: 30,
      lastEvaluation: 60,
      rules: [
        {
          kind: "alerting",
          name: "A",
          query: "x > 0",
          forSeconds: 300,
          keepFiringForSeconds: 0,
          labels: { a: "b" },
          annotations: { c: "d" },
          state: "pending",
          health: "ok",
          lastError: undefined,
          alerts: [
            {
              labels: { alertname: "A", a: "b" },
              annotations: { c: "d" },
              state: "pending",
              activeAt: 60,
              value: 1,
            },
          ],
        },
        { kind: "recording", name: "r", query: "x", health: "ok" },
      ],
    },
  ]);
});
