// Alerts on sequences of events are alerts as any other: in ALERTS, in the lists of rules, from files.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { start, type Tachymeter } from "tachymeter";
import type { AlertOptions } from "tachymeter/alerts";
import { expect, onTestFinished, test, vi } from "vitest";
import { newFolder } from "../kit/new-folder.ts";

const WAIT = { timeout: 30_000, interval: 50 };
const TWICE = { alert: "Twice", when: "count failed >= 2 within 1h by data.user", keep_firing_for: 600 };

function started(
  alerts: AlertOptions,
  page = false,
): { telemetry: Tachymeter; fail: (user: string) => void } {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [{ type: "prometheus", port: 0 }],
    api: true,
    page,
    live: { resolution: 1 },
    alerts: { interval: 0.2, monitors: false, route: { groupWait: 0, groupInterval: 0.2 }, ...alerts },
  });
  onTestFinished(() => telemetry.shutdown());
  const fail = (user: string): void => {
    for (let i = 0; i < 2; i++)
      telemetry.events.record({ event_type: "failed", source: "test", data: { user } });
  };
  return { telemetry, fail };
}

async function api(telemetry: Tachymeter, path: string): Promise<unknown> {
  await telemetry.ready;
  const response = await fetch(new URL(path, telemetry.prometheusUrl));
  return response.json();
}

test("they are in ALERTS, in the lists of rules and alerts, and rules over metrics can use them", async () => {
  const { telemetry, fail } = started({
    sequences: [TWICE, { event: "thrice", when: "count failed >= 3 within 1h" }],
    rules: [{ name: "g", rules: [{ alert: "AnyTwice", expr: 'count(ALERTS{alertname="Twice"}) > 0' }] }],
  });
  expect(telemetry.alerts?.rules()).toMatchObject([
    { name: "AnyTwice" },
    { name: "Twice", group: "sequences", kind: "alerting", state: "inactive", alerts: [] },
  ]);
  fail("eve");
  const { kind, ...result } = await telemetry.query("ALERTS_FOR_STATE");
  expect([kind, result]).toMatchObject([
    "vector",
    { series: [{ labels: { alertname: "Twice", user: "eve" }, value: expect.any(Number) }] },
  ]);
  await vi.waitFor(
    () => expect(telemetry.alerts?.active().map(({ name }) => name)).toEqual(["AnyTwice", "Twice"]),
    WAIT,
  );
  const count = 'alerts_active{alert_state="firing"} == 2';
  await expect.poll(() => telemetry.query(count), WAIT).toMatchObject({ series: [{ value: 2 }] });
  expect(await api(telemetry, "/api/v1/rules?type=alert&rule_group=sequences")).toMatchObject({
    status: "success",
    data: {
      groups: [
        {
          name: "sequences",
          rules: [
            {
              name: "Twice",
              state: "firing",
              type: "alerting",
              health: "ok",
              query: "count failed >= 2 within 1h by data.user",
              keepFiringFor: 600,
              alerts: [{ state: "firing", labels: { alertname: "Twice", user: "eve", job: "shop" } }],
            },
          ],
        },
      ],
    },
  });
  expect(await api(telemetry, "/api/v1/alerts")).toMatchObject({
    data: { alerts: [{ labels: { alertname: "AnyTwice" } }, { labels: { alertname: "Twice" } }] },
  });
});

test("a resolved alert of a sequence ends its series at once", async () => {
  const { telemetry, fail } = started({ sequences: [{ ...TWICE, keep_firing_for: 1 }] });
  fail("eve");
  const firing = async (): Promise<unknown> => {
    const result = await telemetry.query('count(ALERTS{alertname="Twice"})');
    return result.kind === "vector" ? result.series.length : undefined;
  };
  await expect.poll(firing, WAIT).toBe(1);
  await expect.poll(firing, WAIT).toBe(0);
  expect(telemetry.alerts?.active()).toEqual([]);
});

test("a file of sequences is read again after a change: unchanged rules go on, alerts of removed ones end", async () => {
  const file = join(newFolder("rules"), "sequences.yml");
  const write = (...rules: readonly object[]): void =>
    writeFileSync(file, JSON.stringify({ sequences: rules }));
  const other = { ...TWICE, alert: "Other" };
  write(TWICE, other);
  const received: string[] = [];
  const { telemetry, fail } = started({
    sequences: [file, { ...TWICE, alert: "InCode" }],
    receivers: [({ name, state, labels }) => void received.push(`${name} ${labels["user"]} ${state}`)],
  });
  const names = (): unknown => telemetry.alerts?.rules().map((rule) => [rule.name, rule.file]);
  expect(names()).toEqual([
    ["InCode", "alerts.sequences"],
    ["Twice", file],
    ["Other", file],
  ]);
  fail("eve");
  telemetry.events.record({ event_type: "failed", source: "test", data: { user: "bob" } });
  write(TWICE, { ...TWICE, alert: "New" });
  await vi.waitFor(() => expect(JSON.stringify(names())).toContain('"New"'), WAIT);
  telemetry.events.record({ event_type: "failed", source: "test", data: { user: "bob" } });
  await vi.waitFor(
    () =>
      expect(received.toSorted()).toEqual([
        "InCode bob firing",
        "InCode eve firing",
        "Other eve firing",
        "Other eve resolved",
        "Twice bob firing",
        "Twice eve firing",
      ]),
    WAIT,
  );
  expect(telemetry.alerts?.active().map(({ name, labels }) => [name, labels["user"]])).toEqual([
    ["InCode", "eve"],
    ["InCode", "bob"],
    ["Twice", "eve"],
    ["Twice", "bob"],
  ]);
});

test.each([
  ["a rule that occurs in two places", [TWICE], /differ from the rules before it/],
  ["a sequence that does not parse", [{ alert: "A", when: "a followed by" }], /name files with valid rules/],
])("a file with %s is refused at the start", (_, rules, message) => {
  const file = join(newFolder("rules"), "sequences.yml");
  writeFileSync(file, JSON.stringify({ sequences: rules }));
  expect(() => started({ sequences: [TWICE, file] })).toThrow(message);
});

test.each([
  ["metrics", false, "/metrics"],
  ["page, if there is one", true, "/#/alerts"],
])("links in notifications lead to the %s; the URL is known later than the rules", async (_, page, path) => {
  const texts: string[] = [];
  const alerts: AlertOptions = {
    sequences: [{ ...TWICE, annotations: { summary: "see {{ externalURL }}" } }],
    receivers: [({ annotations }) => void texts.push(annotations["summary"] ?? "")],
  };
  const { telemetry, fail } = started(alerts, page);
  await telemetry.ready;
  fail("eve");
  await vi.waitFor(() => expect(texts).toEqual([`see ${new URL(path, telemetry.prometheusUrl).href}`]), WAIT);
});
