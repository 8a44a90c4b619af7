// Explanations of alerts over samples in memory: an hour at 15 s.
import { expect, test } from "vitest";
import { shortestRatio, sloGroupOf } from "../../src/alerts/slo/slo-group.ts";
import type { Application } from "../../src/explain/application.ts";
import { type AlertDocument, currentAlerts } from "../../src/explain/current-alerts.ts";
import type { Explanation } from "../../src/explain/explained-alert.ts";
import { explanationOf } from "../../src/explain/explanation.ts";
import { explanationText } from "../../src/explain/text.ts";
import type { TelemetryEvent } from "../../src/facades/index.ts";
import { query, queryRange, type SampleSeries } from "../../src/query/index.ts";
import { counter, LENGTH, noise, secondsOf, series } from "../anomalies/correlation/series.ts";
import { Random } from "../kit/random.ts";
import { MemorySource } from "../query/kit/memory-source.ts";

const END = secondsOf(LENGTH - 1);
const { signal } = new AbortController();
/** The sample with which faults begin: six minutes before the end. */
const FAULT = LENGTH - 24;

interface AlertCase {
  readonly series: readonly SampleSeries[];
  readonly rule: string;
  /** Rules of recorded metrics. */
  readonly recorded?: readonly { record: string; expr: string; labels?: object }[];
  /** The alert's first sample. */
  readonly since?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly events?: readonly (readonly [sample: number, type: string, data: object])[];
}

/** Explains the alert of a rule over series. */
async function explained(given: AlertCase): Promise<Explanation> {
  const { series: samples, rule, since = FAULT + 2, labels = {}, annotations = {}, events = [] } = given;
  const recorded = (given.recorded ?? []).map(({ record, expr, labels: own = {} }) => ({
    name: record,
    type: "recording",
    query: expr,
    labels: own,
  }));
  const source = new MemorySource(samples);
  const alert: AlertDocument = {
    labels: { alertname: "Slow", severity: "critical", ...labels },
    annotations,
    state: "firing",
    activeAt: new Date(secondsOf(since) * 1_000).toISOString(),
    value: "1",
  };
  const application: Application = {
    name: "shop",
    refresh: async () => ({ now: END, end: END }),
    query: (expression, options) => query(expression, { source, isFromZero: true, ...options }),
    queryRange: (expression, times) => queryRange(expression, { source, isFromZero: true, ...times }),
    select: (selection) => source.select(selection),
    alerts: async () => currentAlerts([alert]),
    rules: async () => [
      { rules: [...recorded, { name: "Slow", type: "alerting", query: rule, labels: {} }] },
    ],
    async *events() {
      for (const [sample, type, data] of events) yield event(sample, type, data);
    },
  };
  const found = await explanationOf(application, { place: "shop.db", signal });
  if (found === undefined) throw new Error("there is no alert");
  return found;
}

function event(sample: number, type: string, data: object): TelemetryEvent {
  const timestamp = new Date(secondsOf(sample) * 1_000).toISOString();
  return {
    event_id: `${sample}`,
    event_type: type,
    source: "test",
    timestamp,
    data,
    labels: {},
    metadata: {},
  };
}

const rng = new Random(7);
const level = (name: string, labels: Record<string, string>, usual: number, then = usual): SampleSeries =>
  series(name, (i) => (i < FAULT ? usual : then) * (1 + 0.02 * noise(rng)), { job: "shop", ...labels });
const routes = (slow: string): readonly SampleSeries[] =>
  ["/orders", "/items", "/report"].map((route) =>
    level("http_server_seconds", { http_route: route }, 0.05, slow.includes(route) ? 0.9 : 0.05),
  );
const RULE = "avg(http_server_seconds) > 0.2";

test("the part of a metric that changed is named, unless all parts have changed", async () => {
  const one = await explained({ series: routes("/report"), rule: RULE });
  expect(one.causes).toEqual([expect.stringMatching(/^http_server_seconds\{http_route="\/report"\} up ×18/)]);
  const all = await explained({ series: routes("/report /orders /items"), rule: RULE });
  expect(all.causes).toEqual([]);
});

test("the usual range leaves out NaN, and the limit may be on the left", async () => {
  // No requests in two of three samples.
  const ratio = (i: number): number => (i < FAULT ? (i % 3 === 0 ? 0.01 : Number.NaN) : 0.5);
  for (const rule of ["error_ratio > 0.2", "0.2 < error_ratio"]) {
    const { value } = await explained({
      series: [series("error_ratio", ratio, { job: "shop" })],
      rule,
      labels: { job: "shop" },
    });
    expect(value).toMatchObject({ limit: "> 0.2", usual: [0.01, 0.01] });
  }
});

test("a series of another part comes first, then the part that it is about; metrics of the same subject do not count as causes", async () => {
  const { causes, changes } = await explained({
    series: [
      ...routes("/orders"),
      level("http_client_seconds", { server_address: "billing" }, 0.02, 0.8),
      level("http_client_seconds", { server_address: "stock" }, 0.02),
      level("http_server_active_requests", {}, 1, 20),
    ],
    rule: RULE,
  });
  expect(causes.slice(0, 2)).toEqual([
    expect.stringMatching(/^http_client_seconds\{server_address="billing"\} up ×4/),
    expect.stringMatching(/^http_server_seconds\{http_route="\/orders"\} up ×18/),
  ]);
  expect(changes.join("\n")).toContain("http_server_active_requests up ×2");
});

test("what health checks say comes behind the series that it is about", async () => {
  const { causes } = await explained({
    series: [
      ...routes("/orders /items /report"),
      level("health_checks", { health_component: "database" }, 1, 90),
      level("db_client_connection_pending_requests", { pool: "main" }, 1, 9),
    ],
    rule: RULE,
  });
  expect(causes).toEqual([
    expect.stringContaining('db_client_connection_pending_requests{pool="main"}'),
    expect.stringContaining('health_checks{health_component="database"}'),
  ]);
});

test("a container whose processor time was used up comes first, unless it always was", async () => {
  const container = (usual: number): readonly SampleSeries[] => [
    counter("container_cpu_periods_total", () => 150, { job: "shop" }),
    counter("container_cpu_throttled_periods_total", (i) => (i < FAULT ? usual : 135), { job: "shop" }),
  ];
  const slow = routes("/report /orders /items");
  const { causes } = await explained({ series: [...slow, ...container(2)], rule: RULE });
  expect(causes[0]).toBe(
    "the container used up its limit of processor time in 90 % of its periods in the last 5 min 15 s (container_cpu_throttled_periods_total)",
  );
  const usual = await explained({ series: [...slow, ...container(130)], rule: RULE });
  expect(usual.causes.filter((line) => line.startsWith("the container"))).toEqual([]);
});

test("a function that blocked the event loop comes first, unless it always did", async () => {
  const blocked = (perSample: number): SampleSeries =>
    counter("nodejs_eventloop_blocked_duration_seconds_total", (i) => (i < FAULT ? perSample : 6), {
      code_function_name: "parse\u001b[31m",
      code_file_path: "src/import.js",
      code_line_number: "31",
    });
  const { causes } = await explained({ series: [...routes("/orders /items"), blocked(0)], rule: RULE });
  expect(causes[0]).toMatch(
    /^the event loop was blocked by parse\S+ \(src\/import.js:31\) for \d+ s in the last 5 min 15 s$/,
  );
  const usual = await explained({ series: [...routes("/orders /items"), blocked(6)], rule: RULE });
  expect(usual.functions).toEqual([]);
});

test("the rest of the blocked time is not named as a function", async () => {
  const name = "nodejs_eventloop_blocked_duration_seconds_total";
  const rest = counter(name, (i) => (i < FAULT ? 0 : 6), { code_function_name: "_other" });
  const { functions } = await explained({ series: [...routes("/orders /items"), rest], rule: RULE });
  expect(functions).toEqual([]);
});

test("an event whose data cannot be read is listed without them", async () => {
  const data = {
    get version(): string {
      throw new Error("unreadable");
    },
  };
  const events: AlertCase["events"] = [[FAULT - 1, "app.deployed", data]];
  const { causes } = await explained({ series: routes("/orders"), rule: RULE, events });
  expect(causes[0]).toBe("event app.deployed, 45 s before");
});

test("functions of the alert's annotations are taken over", async () => {
  const { causes, functions } = await explained({
    series: routes("/orders /items"),
    rule: RULE,
    annotations: { busy_in: "render (src/page.js:7) 80 %" },
  });
  expect(causes[0]).toBe("the processor was busy in render (src/page.js:7) 80 %");
  expect(functions).toEqual(causes.slice(0, 1));
});

test("a new version shortly before comes before series; the same version is a restart", async () => {
  const info = (version: string, id: string, from: number, to: number): SampleSeries =>
    series("target_info", (i) => (i >= from && i < to ? 1 : undefined), {
      job: "shop",
      service_version: version,
      service_instance_id: id,
    });
  const version = await explained({
    series: [...routes("/orders"), info("1.0.0", "a", 0, FAULT - 2), info("2.0.0", "b", FAULT - 2, LENGTH)],
    rule: RULE,
  });
  expect(version.causes[0]).toBe("version 2.0.0 was started in place of 1.0.0, 47 s before");
  const restarts = await explained({
    series: [
      ...routes("/orders"),
      ...["a", "b", "c"].map((id, i) => info("1.0.0", id, FAULT - 12 + 5 * i, FAULT - 7 + 5 * i)),
    ],
    rule: RULE,
  });
  expect(restarts.causes).toContain("2 times: the process was started again, 47 s before");
});

test("a deployment and other events that may be a cause are listed, without their secrets; frequent ones are not", async () => {
  const { causes, events } = await explained({
    series: routes("/orders"),
    rule: RULE,
    events: [
      [FAULT - 1, "app.deployed", { version: "7", password: "hunter2" }],
      ...Array.from({ length: 9 }, (_, i): [number, string, object] => [FAULT - 40 + i, "job.started", {}]),
      [FAULT - 100, "order.paid", {}],
    ],
  });
  expect(causes[0]).toMatch(/^event app\.deployed \(version 7, password .*\), 45 s before$/);
  expect(events).toEqual([expect.stringMatching(/^event app\.deployed .*, 45 s earlier$/)]);
  expect(JSON.stringify(events)).not.toContain("hunter2");
});

test("the cause of a queue that filled up long before its alert is found", async () => {
  const filling = (i: number): number => Math.max(0, i - FAULT) * 40;
  const { causes } = await explained({
    series: [
      series("queue_size", (i) => 2 + noise(rng) + filling(i), { queue: "mail" }),
      series("queue_size", () => 2 + noise(rng), { queue: "invoices" }),
      level("handler_seconds", { queue: "mail" }, 0.01, 0.4),
      level("handler_seconds", { queue: "invoices" }, 0.01),
    ],
    rule: "sum(queue_size) > 900",
    since: LENGTH - 2,
  });
  expect(causes[0]).toMatch(/^handler_seconds\{queue="mail"\} up ×4/);
  expect(causes[1]).toMatch(/^queue_size\{queue="mail"\} up/);
});

const OBJECTIVE = { name: "shop", objective: 0.99, windowSeconds: 7 * 86_400, minimumErrors: 1 };

test("an alert of an objective has its burn rate, and the rest of its budget", async () => {
  const settings = { ...OBJECTIVE, good: "good_total", total: "all_total" };
  const rules = sloGroupOf(settings).rules.flatMap((rule) => ("alert" in rule ? [rule] : []));
  const { expr = "", labels = {} } = rules.find(({ alert }) => alert === "ErrorBudgetBurning") ?? {};
  const ratio = `slo:error_ratio:rate${labels["long"]}`;
  const { value } = await explained({
    series: [series(ratio, () => 0.005, { slo: "shop" }), series(shortestRatio, () => 0.5, { slo: "shop" })],
    rule: expr,
    labels: { slo: "shop" },
  });
  // Half of an hour, of a hundredth of a week. Before that hour there are no data.
  expect(value.budget).toBe("burns at 0.5 times the allowed rate, 70.2 % of the budget of 1w is left");
});

const requests = (http_route: string, http_response_status_code: string, each: number): SampleSeries =>
  counter("http_requests_total", () => each, { job: "shop", http_route, http_response_status_code });
const SINCE_THE_START = [
  requests("/items", "200", 30),
  requests("/orders", "200", 5),
  requests("/orders", "503", 4),
  requests("/report", "500", 1),
];

// The alert is 21 samples old.
test("errors since the start have no change, but a route and a status", async () => {
  const sum = (selector: string): string => `sum by (job) (rate(http_requests_total${selector}[5m]))`;
  const { causes, counted } = await explained({
    series: SINCE_THE_START,
    rule: `${sum(`{http_response_status_code=~"5.."}`)} / ${sum("")} > 0.05`,
    labels: { job: "shop" },
  });
  expect(counted).toEqual([
    '80 % (84 in the last 5 min 15 s) have http_response_status_code="503", http_route="/orders"',
    '20 % (21 in the last 5 min 15 s) have http_response_status_code="500", http_route="/report"',
  ]);
  expect(causes).toEqual([`of the counted events, ${counted[0]}`]);
  const other = await explained({
    series: SINCE_THE_START,
    rule: `sum by (http_route) (increase(http_requests_total{http_response_status_code=~"5.."}[5m])) > 1`,
    labels: { http_route: "/report" },
  });
  expect(other.counted).toEqual([expect.stringMatching(/^100 % \(21 .*\/report/)]);
});

test("counted events are named by labels in which the events of the metric differ, if there are any", async () => {
  const mostOf = async (all: readonly SampleSeries[]): Promise<string | undefined> => {
    const withScheme = all.map((each) => ({ ...each, labels: { ...each.labels, url_scheme: "http" } }));
    const rule = 'sum(rate(http_requests_total{http_response_status_code=~"5.."}[5m])) > 0.01';
    return (await explained({ series: withScheme, rule })).counted[0];
  };
  const ofOrders = 'http_response_status_code="503", http_route="/orders"';
  expect(await mostOf(SINCE_THE_START)).toBe(`80 % (84 in the last 5 min 15 s) have ${ofOrders}`);
  expect(await mostOf([requests("/orders", "503", 4)])).toBe(
    `100 % (84 in the last 5 min 15 s) have ${ofOrders}, url_scheme="http"`,
  );
});

test("the errors of an objective are the events that are not good, of its recorded metric", async () => {
  const settings = {
    ...OBJECTIVE,
    good: 'http_requests_total{http_response_status_code!~"5.."}',
    total: "http_requests_total",
  };
  const { rules } = sloGroupOf(settings);
  const burning = rules.find((rule) => "alert" in rule);
  if (burning === undefined) throw new Error("there is no alert");
  const { counted } = await explained({
    series: SINCE_THE_START,
    rule: burning.expr,
    recorded: rules.flatMap((rule) => ("record" in rule ? [rule] : [])),
    labels: { job: "shop" },
  });
  expect(counted[0]).toBe(
    '80 % (84 in the last 5 min 15 s) have http_response_status_code="503", http_route="/orders"',
  );
});

test("neither gauges nor quantiles of histograms count events", async () => {
  for (const rule of [
    RULE,
    "histogram_quantile(0.9, sum by (le) (rate(http_server_seconds_bucket[5m]))) > 1",
  ])
    expect((await explained({ series: routes("/orders"), rule })).counted).toEqual([]);
});

test("without data, the gaps are said; a rule over events is not PromQL", async () => {
  const { causes, unknown, value } = await explained({
    series: [],
    rule: "absent heartbeat for 5m by source",
  });
  expect(causes).toEqual([]);
  expect(value.condition).toBe("absent heartbeat for 5m by source");
  expect(unknown.join()).toMatch(
    /what changed with it: not enough data to compare: 0 min before the alert, \d+ min are/,
  );
});

test("names of functions and labels cannot control a terminal, or add lines to it", async () => {
  const hostile = "x\u001b[2J\nLikeliest cause: nothing\u202e";
  const explanation = await explained({
    series: [...routes("/orders"), level("pool_waiting", { pool: hostile }, 1, 30)],
    rule: RULE,
  });
  const [, cause = "", ...others] = explanationText(explanation, false).split("\n");
  expect(cause).toContain("pool_waiting{pool=");
  expect(cause).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(others.filter((line) => line.startsWith("Likeliest cause"))).toEqual([]);
});

test("neither a slight change of the machine nor one after the alert's beginning is a cause", async () => {
  const quiet = (name: string, from: number, factor: number): SampleSeries =>
    series(name, (i) => (i < from ? 1 : factor) * (1 + 0.0005 * noise(rng)), { job: "shop" });
  const { causes, changes } = await explained({
    series: [
      ...routes("/orders /items /report"),
      quiet("system_memory_linux_shared_bytes", FAULT, 0.96),
      quiet("system_network_connection_count", FAULT, 3),
      quiet("jobs_waiting", FAULT + 10, 9),
    ],
    rule: RULE,
  });
  expect(causes).toEqual([]);
  expect(changes[0]).toBe("nothing else moved clearly; closest:");
  expect(changes.join("\n")).toContain("system_memory_linux_shared_bytes down ×0.9");
});

test("what the rule is about comes before the machine; a machine that others keep busy is named last", async () => {
  const machine = (mode: string, seconds: number): SampleSeries =>
    counter("system_cpu_time_seconds_total", () => seconds, { job: "shop", cpu_mode: mode });
  const busy = [machine("user", 14.9), machine("idle", 0.1)];
  const own = (seconds: number): SampleSeries =>
    counter("process_cpu_time_seconds_total", () => seconds, { job: "shop" });
  const slow = [...routes("/orders"), level("system_disk_utilization_ratio", {}, 0.2, 0.9)];
  const { causes } = await explained({ series: [...slow, ...busy, own(2)], rule: RULE });
  expect(causes).toEqual([
    expect.stringContaining('http_server_seconds{http_route="/orders"}'),
    expect.stringContaining("system_disk_utilization_ratio"),
    "the processors of the machine were busy for 99.3 % of the last 5 min 15 s, mostly with other programs (system_cpu_time_seconds_total)",
  ]);
  const alone = await explained({ series: [...slow, ...busy, own(14)], rule: RULE });
  expect(alone.causes).toHaveLength(2);
});
