// The specification of alert generators, version 1.0: the documents of its two APIs, and templates that are optional. Each
// test has the requirement as its name.
import { expect, test } from "vitest";
import { alertsDocument, rulesDocument } from "../../../src/alerts/http/documents.ts";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { engineOver } from "./engine-over.ts";

const ALL = new URLSearchParams();
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/);

const group = (...rules: RuleGroup["rules"]): readonly RuleGroup[] => [{ name: "g", interval: "30s", rules }];

test("a group has its name, its interval in seconds and its rules; a rule has the fields of its configuration", async () => {
  const rule = {
    alert: "A",
    expr: "x > 0",
    for: "90s",
    labels: { job: "of {{ $labels.job }}" },
    annotations: { summary: "{{ $value }}" },
  };
  const { run, engine } = engineOver(group(rule), { 'x{job="a"}': "2x9" });
  await run(0, 1);
  const alert = {
    activeAt: "1970-01-01T00:00:00.000Z",
    state: "pending",
    value: "2e+00",
    labels: { alertname: "A", job: "of a" },
    annotations: { summary: "2" },
  };
  expect(rulesDocument(engine.groups(), ALL)).toMatchObject({
    groups: [
      {
        name: "g",
        interval: 30,
        rules: [
          {
            type: "alerting",
            name: "A",
            query: "x > 0",
            duration: 90,
            labels: rule.labels,
            annotations: rule.annotations,
            lastEvaluation: "1970-01-01T00:01:00.000Z",
            evaluationTime: expect.any(Number),
            health: "ok",
            state: "pending",
            alerts: [alert],
          },
        ],
      },
    ],
  });
  expect(alertsDocument(engine.active(), () => [])).toEqual({ alerts: [alert] });
});

test("the state of a rule is that of its alerts: firing before pending, and inactive without one", async () => {
  const { run, engine } = engineOver(group({ alert: "A", expr: "x > 0", for: "2m" }), {
    'x{job="a"}': "0 1x3 0x9",
    'x{job="b"}': "0x2 1x2 0x9",
  });
  const states: unknown[] = [];
  for (let minute = 0; minute <= 6; minute++) {
    await run(minute, minute);
    const rule = engine.groups()[0]?.rules[0];
    states.push([rule?.state, rule?.alerts.map(({ state }) => state)]);
  }
  expect(states).toEqual([
    ["inactive", []],
    ["pending", ["pending"]],
    ["pending", ["pending"]],
    ["firing", ["firing", "pending"]],
    ["firing", ["firing", "pending"]],
    ["firing", ["firing"]],
    ["inactive", []],
  ]);
});

test("lastError is absent when the health is ok, and not empty when it is err or unknown", async () => {
  const { run, engine } = engineOver(
    group({ alert: "Good", expr: "x > 0" }, { alert: "Bad", expr: "x * on () x" }),
    { 'x{job="a"}': "1x9", 'x{job="b"}': "1x9" },
  );
  const rules = (): readonly unknown[] =>
    JSON.parse(JSON.stringify(rulesDocument(engine.groups(), ALL))).groups[0].rules;
  const text = expect.stringMatching(/./);
  expect(rules()).toMatchObject([
    { health: "unknown", lastError: text },
    { health: "unknown", lastError: text },
  ]);
  await run(0, 0);
  const [good, bad] = rules();
  expect(good).toMatchObject({ health: "ok", lastEvaluation: ISO });
  expect(good).not.toHaveProperty("lastError");
  expect(bad).toMatchObject({
    health: "err",
    lastError: expect.stringContaining("many-to-many"),
    lastEvaluation: ISO,
  });
});

test("the alerts are the union of those of all rules", async () => {
  const { run, engine } = engineOver(
    [
      ...group({ alert: "A", expr: "x > 0" }),
      { name: "h", rules: [{ alert: "B", expr: "x > 0", for: "5m" }] },
    ],
    { 'x{job="a"}': "1x9", 'x{job="b"}': "1x9" },
  );
  await run(0, 0);
  const { groups } = JSON.parse(JSON.stringify(rulesDocument(engine.groups(), ALL)));
  const { alerts } = JSON.parse(JSON.stringify(alertsDocument(engine.active(), () => [])));
  expect(alerts).toHaveLength(4);
  expect(alerts).toEqual(
    groups.flatMap((each: { rules: { alerts: unknown[] }[] }) => each.rules.flatMap((rule) => rule.alerts)),
  );
});

test("optional functions and variables are accepted; the text of those without support is empty", async () => {
  const optional = [
    '{{ graphLink "up" }}',
    '{{ tableLink "up" }}',
    '{{ tmpl "x" . }}',
    "{{ pathPrefix }}",
    '{{ safeHtml "" }}',
    '{{ query "x" | first | strvalue }}',
    "{{ $externalLabels.region }}{{ .ExternalLabels.region }}",
    "{{ $externalURL }}{{ .ExternalURL }}{{ externalURL }}",
  ];
  const annotations = Object.fromEntries(optional.map((text, i) => [`a${i}`, text]));
  const { run, engine } = engineOver(group({ alert: "A", expr: "x > 0", annotations }), { x: "1x9" });
  await run(0, 0);
  const shown = Object.values(engine.active()[0]?.annotations ?? {});
  // Links are supported.
  expect(shown.slice(0, 2)).toEqual([expect.stringContaining("/graph?"), expect.stringContaining("/graph?")]);
  expect(shown.slice(2)).toEqual(optional.slice(2).map(() => ""));
});
