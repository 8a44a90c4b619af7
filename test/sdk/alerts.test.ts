import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diag, metrics } from "@opentelemetry/api";
import { type Options, OptionsError, start, type Tachymeter } from "tachymeter";
import type { Alert, AlertOptions } from "tachymeter/alerts";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";
import { neededProgram } from "../servers/needs.ts";

const WAIT = { timeout: 30_000, interval: 50 };

function started(alerts: AlertOptions, options: Options = {}): Tachymeter {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [],
    live: { resolution: 1 },
    ...options,
    alerts: { interval: 0.2, monitors: false, route: { groupWait: 0, groupInterval: 0.2 }, ...alerts },
  });
  onTestFinished(() => telemetry.shutdown());
  return telemetry;
}

/** A gauge `jobs_waiting` that is set from outside. */
function jobsWaiting(): (count: number) => void {
  let current = 0;
  metrics
    .getMeter("app")
    .createObservableGauge("jobs.waiting")
    .addCallback((result) => result.observe(current));
  return (count) => {
    current = count;
  };
}

const MANY = {
  name: "jobs",
  rules: [
    {
      alert: "ManyJobs",
      expr: "sum(jobs_waiting) > 5",
      labels: { severity: "warning" },
      annotations: { summary: "{{ $value }} jobs wait" },
    },
  ],
};

/** Names and states in order, as a receiver gets them. */
function receiver(): {
  readonly notified: string[];
  readonly alerts: Alert[];
  readonly take: (alert: Alert) => void;
} {
  const notified: string[] = [];
  const alerts: Alert[] = [];
  return {
    notified,
    alerts,
    take: (alert) => {
      notified.push(`${alert.name} ${alert.state}`);
      alerts.push(alert);
    },
  };
}

test("a rule fires over live metrics, reaches receivers, listeners and events, and resolves", async () => {
  const [received, heard, events] = [receiver(), receiver(), new Array<string>()];
  const telemetry = started({ rules: [MANY], receivers: [received.take] });
  telemetry.events.on("alert.firing", ({ labels }) => events.push(`firing ${String(labels["alertname"])}`));
  telemetry.events.on("alert.resolved", ({ labels }) =>
    events.push(`resolved ${String(labels["alertname"])}`),
  );
  telemetry.alerts?.on(heard.take);
  telemetry.alerts?.on(() => {
    throw new Error("a listener that fails");
  });
  const set = jobsWaiting();
  set(10);
  await vi.waitFor(() => expect(received.notified).toEqual(["ManyJobs firing"]), WAIT);
  expect(received.alerts[0]).toMatchObject({
    labels: { alertname: "ManyJobs", severity: "warning", job: "shop" },
    annotations: { summary: "10 jobs wait" },
    value: 10,
  });
  expect(telemetry.alerts?.active()).toMatchObject([{ name: "ManyJobs", state: "firing" }]);
  expect(telemetry.alerts?.rules()).toMatchObject([{ name: "ManyJobs", health: "ok", state: "firing" }]);
  const { kind, ...result } = await telemetry.query('ALERTS{alertstate="firing"}');
  expect([kind, result]).toMatchObject([
    "vector",
    { series: [{ labels: { alertname: "ManyJobs" }, value: 1 }] },
  ]);
  set(0);
  await vi.waitFor(() => expect(received.notified).toEqual(["ManyJobs firing", "ManyJobs resolved"]), WAIT);
  expect(heard.notified).toEqual(received.notified);
  expect(events).toEqual(["firing ManyJobs", "resolved ManyJobs"]);
  expect(telemetry.alerts?.active()).toEqual([]);
});

test("after a restart an alert still fires, is not announced again, and resolves", async () => {
  const directory = newFolder("alerts");
  const first = receiver();
  const before = started({ rules: [MANY], receivers: [first.take], directory });
  jobsWaiting()(10);
  await vi.waitFor(() => expect(first.notified).toEqual(["ManyJobs firing"]), WAIT);
  await before.shutdown();

  const second = receiver();
  const after = started({ rules: [MANY], receivers: [second.take], directory });
  expect(after.alerts?.active()).toMatchObject([{ name: "ManyJobs", state: "firing" }]);
  const set = jobsWaiting();
  set(20);
  await vi.waitFor(
    () => expect(after.alerts?.active()).toMatchObject([{ value: 20, state: "firing" }]),
    WAIT,
  );
  set(0);
  await vi.waitFor(() => expect(second.notified).toEqual(["ManyJobs resolved"]), WAIT);
});

test("recorded metrics and alerts are in the history, and a later process sees them", async () => {
  const path = join(newFolder("history"), "history.db");
  const rules = [{ record: "r:one", expr: "vector(1)", labels: { "a.b": "c" } }, ...MANY.rules];
  const first = started({ rules: [{ name: "g", rules }] }, { history: { path } });
  jobsWaiting()(9);
  const found = async (telemetry: Tachymeter): Promise<unknown> => {
    const result = await telemetry.query('last_over_time({__name__=~"r:one|ALERTS"}[5m])');
    return result.kind === "vector" ? result.series.map(({ labels }) => labels) : [];
  };
  const expected = [
    expect.objectContaining({ __name__: "ALERTS", alertname: "ManyJobs" }),
    { __name__: "r:one", "a.b": "c" },
  ];
  const all = expect.arrayContaining(expected);
  await expect.poll(() => found(first), WAIT).toEqual(all);
  await first.shutdown();
  expect(await found(started({}, { history: { path } }))).toEqual(all);
});

test("rules and budgets that need more than an hour are named at the start, unless there is a history", async () => {
  const warnings = collectWarnings();
  const rules = [
    { record: "r", expr: "count_over_time(x[3h])" },
    { alert: "A", expr: "x offset 1h > 1" },
    { alert: "B", expr: "rate(x[55m]) > 1" },
  ];
  const slo = [{ name: "models", budget: 20, spent: "llm_cost_total" }];
  started({ rules: [{ name: "g", rules }], slo });
  expect(warnings.filter((warning) => warning.includes("without a history"))).toEqual([
    "alerts: samples are kept for an hour without a history, but these rules need older ones: r, A, slo-models; set option history; this is logged once",
  ]);
});

test("a sequence of events that a restart interrupts raises an alert; values of events are not templates", async () => {
  const directory = newFolder("alerts");
  const sequences = [
    {
      alert: "FailsTwice",
      when: "payment.failed followed by payment.failed within 5m by data.order",
      annotations: { summary: "order {{ $labels.order }} failed" },
      keep_firing_for: 1,
    },
  ];
  const event = { event_type: "payment.failed", source: "web", data: { order: "{{ $value }}" } };
  const before = started({ sequences, directory });
  before.events.record(event);
  await before.shutdown();

  const received = receiver();
  const after = started({ sequences, directory, receivers: [received.take] });
  after.events.record(event);
  expect(after.alerts?.active()).toMatchObject([{ name: "FailsTwice", labels: { order: "{{ $value }}" } }]);
  await vi.waitFor(
    () => expect(received.notified).toEqual(["FailsTwice firing", "FailsTwice resolved"]),
    WAIT,
  );
  expect(received.alerts[0]?.annotations).toEqual({ summary: "order {{ $value }} failed" });
});

test("a match may record an event", async () => {
  const telemetry = started({
    sequences: [{ event: "login.attack", when: "count login.failed >= 3 within 1m by source" }],
  });
  for (let i = 0; i < 3; i++) telemetry.events.record({ event_type: "login.failed", source: "web" });
  const recorded = telemetry.events.recent().filter(({ event_type: type }) => type === "login.attack");
  expect(recorded).toMatchObject([{ labels: { source: "web" } }]);
});

test("rules of a file are replaced when it changes, and stay when it has a fault", async () => {
  const file = join(newFolder("rules"), "rules.yml");
  const rules = (name: string): string =>
    `groups: [{ name: g, rules: [{ alert: ${name}, expr: "vector(1)" }] }]\n`;
  writeFileSync(file, rules("First"));
  const received = receiver();
  const telemetry = started({ rules: [file], receivers: [received.take] });
  await vi.waitFor(() => expect(received.notified).toEqual(["First firing"]), WAIT);
  const warnings: string[] = [];
  diag.setLogger({
    ...console,
    verbose: () => {},
    info: () => {},
    debug: () => {},
    warn: (text) => warnings.push(text),
  });
  onTestFinished(() => diag.disable());
  writeFileSync(file, "groups: [{ name: g, rules: [{ alert: Second, expr: '(' }] }]");
  await vi.waitFor(() => expect(warnings.join()).toContain('rule "Second"'), WAIT);
  expect(telemetry.alerts?.rules().map(({ name }) => name)).toEqual(["First"]);
  writeFileSync(file, rules("Third"));
  await vi.waitFor(() => expect(telemetry.alerts?.rules().map(({ name }) => name)).toEqual(["Third"]), WAIT);
  await vi.waitFor(
    () => expect(received.notified.toSorted()).toEqual(["First firing", "First resolved", "Third firing"]),
    WAIT,
  );
});

test("all invalid options are reported together", () => {
  const rules = [{ name: "g", rules: [{ alert: "A", expr: "rate(x)" }] }];
  const monitors = { diskFul: false };
  const sequences = [{ alert: "S", when: "a followed by b", annotations: { summary: "{{ end }}" } }];
  const receivers = [{ type: "slak" }];
  const given: object = {
    rules,
    monitors,
    sequences,
    receivers,
    missingData: "forget",
    dir: "x",
    interval: 0,
  };
  const error = catching(() => start({ readers: [], alerts: given }));
  expect(error).toBeInstanceOf(OptionsError);
  const names = error instanceof OptionsError ? error.problems.map(({ name }) => name) : [];
  expect(names.toSorted()).toEqual([
    "alerts.dir",
    "alerts.interval",
    "alerts.missingData",
    "alerts.monitors.diskFul",
    "alerts.receivers[0].type",
    "alerts.rules",
    "alerts.sequences[0].when",
  ]);
});

function catching(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("TACHYMETER_ALERTS names files of rules, and alerts are off by default", async () => {
  const file = join(newFolder("rules"), "rules.yml");
  writeFileSync(file, `groups: [{ name: g, rules: [{ alert: A, expr: "vector(1)" }] }]\n`);
  const options = { serviceName: "shop", group: false, readers: [], instrumentations: [] } as const;
  const off = start(options);
  onTestFinished(() => off.shutdown());
  expect(off.alerts).toBeUndefined();
  await off.shutdown();
  vi.stubEnv("TACHYMETER_ALERTS", file);
  onTestFinished(() => void vi.unstubAllEnvs());
  const on = start(options);
  onTestFinished(() => on.shutdown());
  const names = on.alerts?.rules().map(({ name }) => name) ?? [];
  expect(names).toContain("A");
  // With the predefined monitors.
  expect(names.length).toBeGreaterThan(35);
  await on.shutdown();
  vi.stubEnv("TACHYMETER_ALERTS", `${file},/nowhere.yml`);
  const problems = [expect.objectContaining({ name: "TACHYMETER_ALERTS" })];
  expect(() => start(options)).toThrow(expect.objectContaining({ problems }));
});

test("the exported rules are valid for Prometheus", () => {
  const telemetry = started({
    rules: [MANY],
    monitors: true,
    slo: [{ name: "checkout", objective: 0.999, good: 'orders_total{outcome="ok"}', total: "orders_total" }],
  });
  const file = join(newFolder("rules"), "exported.yml");
  writeFileSync(file, telemetry.alerts?.exportRules() ?? "");
  expect(readFileSync(file, "utf8")).toContain("alert: ManyJobs");
  expect(execFileSync(neededProgram("promtool"), ["check", "rules", file], { encoding: "utf8" })).toContain(
    "SUCCESS",
  );
});

test("silenced alerts are not sent until the silence ends", async () => {
  const received = receiver();
  const telemetry = started({ rules: [MANY], receivers: [received.take] });
  const end = telemetry.alerts?.silence('alertname="ManyJobs"', {
    until: Date.now() / 1_000 + 600,
    comment: "known",
  });
  expect(telemetry.alerts?.silences()).toMatchObject([{ comment: "known" }]);
  jobsWaiting()(10);
  await vi.waitFor(() => expect(telemetry.alerts?.active()).toMatchObject([{ state: "firing" }]), WAIT);
  expect(received.notified).toEqual([]);
  end?.();
  await vi.waitFor(() => expect(received.notified).toEqual(["ManyJobs firing"]), WAIT);
});

test("a test alert reaches each receiver", async () => {
  const received = receiver();
  const failing = (): never => {
    throw new Error("refused");
  };
  const telemetry = started({ receivers: [received.take, failing] });
  const reports = await telemetry.alerts?.test();
  expect(reports).toMatchObject([{ delivered: true }, { delivered: false }]);
  expect(received.notified.length).toBeGreaterThan(0);
});

test("rules and alerts are served in Prometheus' form", async () => {
  const telemetry = started({ rules: [MANY] }, { readers: [{ type: "prometheus", port: 0 }], api: true });
  await telemetry.ready;
  jobsWaiting()(10);
  await vi.waitFor(() => expect(telemetry.alerts?.active()).toMatchObject([{ state: "firing" }]), WAIT);
  const served = async (path: string): Promise<unknown> => {
    const response = await fetch(new URL(`/api/v1/${path}`, telemetry.prometheusUrl));
    return { ...Object(await response.json()), code: response.status };
  };
  const alert = {
    labels: { alertname: "ManyJobs", severity: "warning" },
    annotations: { summary: "10 jobs wait" },
    state: "firing",
    value: "1e+01",
  };
  expect(await served("alerts")).toMatchObject({ data: { alerts: [alert] } });
  expect(await served("rules?type=alert")).toMatchObject({
    data: {
      groups: [
        {
          name: "jobs",
          interval: 0.2,
          rules: [{ name: "ManyJobs", type: "alerting", state: "firing", health: "ok", alerts: [alert] }],
        },
      ],
    },
  });
  expect(await served("rules?type=record")).toMatchObject({ data: { groups: [] } });
  expect(await served("rules?type=other")).toMatchObject({ code: 400, errorType: "bad_data" });
});
