import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { storeOf } from "../../../src/history/store-of.ts";
import { seriesColumns } from "./chart-values.ts";
import { correlationText } from "../../../src/anomalies/correlation/correlation-text.ts";
import { chartSvg } from "../../../src/cli/report/chart-svg.ts";
import { timeTicks, valueTicks } from "../../../src/cli/report/axis.ts";
import type { Report } from "../../../src/cli/report/document.ts";
import { htmlOf } from "../../../src/cli/report/html.ts";
import { markdownOf } from "../../../src/cli/report/markdown.ts";
import type { ReportChart } from "../../../src/cli/report/panel-charts.ts";
import { query } from "../../../src/query/index.ts";
import { History } from "../../../src/history/index.ts";
import type { StoredEvent } from "../../../src/history/store/stored.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { reportOf } from "./report-of.ts";
import { END, shopDay, START } from "./shop-day.ts";

let store: string;
let report: Report;

beforeAll(async () => {
  store = await shopDay();
  report = await reportOf(store, START, END);
}, 120_000);

test("the summary names the alert, the errors and the component of an incident", () => {
  expect(report.summary.map(({ tone, text }) => `${tone}: ${text}`)).toEqual([
    expect.stringMatching(/^warn: Alert HttpErrors fired at 2026-11-20 09:2\d, for 3\d min/),
    expect.stringMatching(
      /^bad: Errors of commands \(charge-card\): 6\.\d+ % \(252 of \d+ failed\), at most/,
    ),
    expect.stringMatching(/^bad: Errors of requests served: 1\.6\d % \(252 of \d+ failed\), at most \d+/),
    expect.stringMatching(/^warn: payments was degraded or unhealthy for 4\d min/),
    expect.stringMatching(/^plain: commands\.executed .* changed from/),
  ]);
});

test("charts are those for which there is data, and the application's own metrics", () => {
  const titles = report.charts.map(({ area, title }) => `${area}: ${title}`);
  expect(titles).toEqual(
    expect.arrayContaining([
      "http: Requests served",
      "messages: Queue sizes",
      "commands: Errors of commands",
      "kernels: Kernels",
      "health: Components",
      "other: orders_total",
      "other: orders_weight_grams",
    ]),
  );
  expect(titles.filter((title) => /databases|coordination|container|kernel_|ALERTS/.test(title))).toEqual([]);
});

test("values of charts and key figures are those of the query engine", async () => {
  const history = await History.open({ path: store, readOnly: true });
  const served = report.charts.find(({ id }) => id === "http-rate")!;
  for (const i of [10, 80, 150]) {
    const time = served.times[i]!;
    const result = await query(
      "sum by (http_response_status_code) (rate(http_server_request_duration_seconds_count[240s]))",
      // As charts have it.
      { source: history, time, isFromZero: true },
    );
    const expected = result.kind === "vector" ? result.series : [];
    expect(seriesColumns(served, i)).toEqual(
      Object.fromEntries(expected.map(({ labels, value }) => [labels["http_response_status_code"], value])),
    );
  }
  await history.close();
  const figure = report.figures.find(({ id }) => id === "http-rate");
  const sums = served.times.map((_, i) =>
    Object.values(seriesColumns(served, i)).reduce((sum, value) => sum + value, 0),
  );
  expect(figure?.max).toBeCloseTo(Math.max(...sums), 9);
  expect(figure?.before).toBeNull();
});

test("the page has a chart with a title, a description and a table for each panel, and no script", () => {
  const html = htmlOf(report);
  const count = (pattern: RegExp): number => html.match(pattern)?.length ?? 0;
  expect(count(/<svg [^>]*role="img"/g)).toBe(report.charts.length);
  expect(count(/<figure/g)).toBe(report.charts.length);
  expect(count(/<details>/g)).toBe(report.charts.length);
  for (const [, title, description] of html.matchAll(/aria-labelledby="(\S+) (\S+)"/g)) {
    expect(html.split(`id="${title}"`)).toHaveLength(2);
    expect(html.split(`id="${description}"`)).toHaveLength(2);
  }
  expect(html).not.toMatch(/<script|src=|href=|url\(|http:\/\/|NaN|undefined|Infinity/);
  expect(html).toContain('class="mark alert"');
  expect(html).toContain('<rect class="state bad"');
});

test("the Markdown has key figures with sparklines", () => {
  const text = markdownOf(report);
  expect(text).toMatch(/^\| Requests served \| 0\.\d+\/s \| [\d.]+\/s \|  \| [▁▂▃▄▅▆▇█]{30} \|$/m);
  expect(text).toMatch(/^# Report of shop\.db\n\n2026-11-20 06:00 to 2026-11-20 12:00/);
  expect(text).not.toContain("No command");
});

test("a report of a second range compares its figures with the first", async () => {
  const second = await reportOf(store, START + 3 * 3_600, END);
  const figure = second.figures.find(({ id }) => id === "http-errors");
  expect(figure?.before).toBe(0);
  expect(figure?.mean).toBeGreaterThan(0.01);
  expect(htmlOf(second)).toMatch(/before 0 %/);
});

const HOSTILE = `</title></svg><script>alert(1)</script><img src=x onerror=alert(1)>"'&\u001b[31m\u0000\u202e`;

test("an alert is shown with what moved with it, by the events of the alert", async () => {
  const weak = { isWeak: true, strength: -0.2, direction: "up", factor: 1.3, leadSeconds: 40 } as const;
  const moved = correlationText(
    [
      { metric: "queue_depth", labels: { queue: "tasks" }, component: 'queue="tasks"', ...weak },
      { metric: "pool_waiting", labels: {}, component: "pool_waiting", ...weak },
    ],
    [],
    0,
  );
  const time = Date.parse(report.incidents.find(({ kind }) => kind === "alert")?.from ?? "") + 60_000;
  const annotations: Readonly<Record<string, object>> = { begun: {}, right: { correlated: moved } };
  const event = (id: string, name: string, severity: string, timeUnixMillis: number): StoredEvent => ({
    id,
    // The correlation of the right one was late.
    type: id === "right" ? "alert.correlated" : "alert.firing",
    source: "tachymeter.alerts",
    timeUnixMillis,
    data: JSON.stringify({ name, annotations: annotations[id] ?? { correlated: "wrong" } }),
    labels: JSON.stringify({ alertname: name, severity, job: "shop" }),
    metadata: "{}",
  });
  const history = await History.open({ path: store });
  await storeOf(history).appendEvents([
    event("other name", "Other", "critical", time),
    event("other labels", "HttpErrors", "warning", time),
    event("begun", "HttpErrors", "critical", time),
    event("right", "HttpErrors", "critical", time + 1_000),
  ]);
  await history.close();
  const shown = await reportOf(store, START, END);
  const ofSeries = shown.incidents.filter(({ kind, labels }) => kind === "alert" && !("job" in labels));
  expect(ofSeries).toMatchObject([{ name: "HttpErrors", correlated: moved }]);
  const [first = "", ...series] = moved.split("\n");
  expect(series).toHaveLength(2);
  expect(htmlOf(shown)).toContain(`${first} ${series.join(" · ")}`.replaceAll('"', "&quot;"));
  expect(markdownOf(shown)).toMatch(/closest: queue\\_depth.* · pool\\_waiting/);
});

test("an alert of events alone begins with the range if it fired before, and keeps what moved with it", async () => {
  const path = join(newFolder("events"), "events.db");
  const event = (type: string, minute: number, annotations: object): StoredEvent => ({
    id: type,
    type,
    source: "tachymeter.alerts",
    timeUnixMillis: (START + 60 * minute) * 1_000,
    data: JSON.stringify({ name: "Full", annotations }),
    labels: JSON.stringify({ alertname: "Full" }),
    metadata: "{}",
  });
  await fillHistory({
    path,
    from: START,
    to: START + 3_600,
    interval: 60,
    record(provider) {
      const size = provider.getMeter("shop").createGauge("queue.size");
      return (time) => size.record(time % 7);
    },
  });
  const history = await History.open({ path });
  await storeOf(history).appendEvents([
    event("alert.firing", 0, {}),
    event("alert.correlated", 20, { correlated: "queue up" }),
    event("alert.resolved", 40, {}),
  ]);
  await history.close();
  for (const minute of [0, 10]) {
    const from = START + 60 * minute;
    const { incidents } = await reportOf(path, from, START + 3_600);
    const to = new Date((START + 2_400) * 1_000).toISOString();
    expect(incidents).toMatchObject([{ kind: "alert", name: "Full", to, correlated: "queue up" }]);
    // The charts begin at a whole step.
    expect(Math.abs(Date.parse(incidents[0]?.from ?? "") / 1_000 - from)).toBeLessThan(30);
  }
});

test("hostile names are escaped and shortened in charts, tables and sentences", () => {
  const long = `${HOSTILE}${"x".repeat(10_000)}`;
  const chart: ReportChart = {
    id: "other-0",
    area: "other",
    aspect: "rate",
    title: HOSTILE,
    description: HOSTILE,
    unit: HOSTILE,
    kind: "lines",
    metrics: [HOSTILE],
    isInOverview: true,
    times: [0, 60, 120],
    series: [{ name: long, values: [1, null, 3], overall: 2 }],
    hidden: 2,
  };
  const state: ReportChart = { ...chart, id: "other-1", kind: "state", states: { 1: HOSTILE, 3: long } };
  const hostile: Report = {
    ...report,
    store: HOSTILE,
    summary: [{ tone: "bad", text: HOSTILE }],
    figures: [{ ...report.figures[0]!, title: HOSTILE, series: long }],
    charts: [chart, state],
    incidents: [
      {
        kind: "alert",
        name: HOSTILE,
        labels: { [HOSTILE]: HOSTILE },
        from: report.range.from,
        to: null,
        correlated: HOSTILE,
      },
    ],
  };
  const html = htmlOf(hostile);
  expect(html).not.toMatch(/<script|<img|<\/title><\/svg>/);
  // oxlint-disable-next-line no-control-regex -- these are the point
  expect(html).not.toMatch(/[\u0000-\u0008\u001b\u202e]/);
  expect(markdownOf(hostile)).not.toMatch(/(?<!\\)<(?:script|img)/);
});

test("gaps in the data are gaps in the lines, and single values are dots", () => {
  const svg = chartSvg(chartWith([1, 2, null, 3, null, 4, 5]), []);
  expect(svg.match(/<path class="line c0" d="([^"]+)"/)?.[1]?.match(/M/g)).toHaveLength(3);
  expect(svg.match(/<circle/g)).toHaveLength(1);
});

test("a chart of one value, of zeros, of negative and of huge values has finite places", () => {
  for (const values of [[1], [0, 0], [-5, 5], [1e300, -1e300], [1e-300, 0]]) {
    expect(chartSvg(chartWith(values), [{ time: 0, kind: "alert", text: "x" }])).not.toMatch(/NaN|Infinity/);
  }
});

test.each([
  [0, 1, "1", [0, 0.5, 1]],
  [0, 0.83, "s", [0, 0.5, 1]],
  [0, 37, "{message}", [0, 10, 20, 30, 40]],
  [-3, 5, "", [-4, -2, 0, 2, 4, 6]],
  [0, 3 * 1024 ** 3, "By", [0, 1, 2, 3].map((each) => each * 1024 ** 3)],
  [0, 0, "", [0, 0.5, 1]],
])("the axis from %d to %d in %j has the ticks %j", (min, max, unit, expected) => {
  expect(valueTicks(min, max, unit).map((value) => Number(value.toPrecision(12)))).toEqual(expected);
});

test("the time axis has round times, and days in long ranges", () => {
  const from = Date.parse("2026-11-20T06:07:00Z") / 1_000;
  expect(timeTicks(from, from + 3_600, 6).map(({ text }) => text)).toEqual([
    "06:10",
    "06:20",
    "06:30",
    "06:40",
    "06:50",
    "07:00",
  ]);
  expect(timeTicks(from, from + 7 * 86_400, 6).map(({ text }) => text)).toEqual([
    "11-21",
    "11-23",
    "11-25",
    "11-27",
  ]);
  expect(timeTicks(from, from + 60, 6)[1]?.text).toBe("06:07:10");
});

function chartWith(values: readonly (number | null)[]): ReportChart {
  const times = values.map((_, i) => i * 60);
  const texts = { id: "x", title: "x", description: "x", unit: "" };
  const series = [{ name: "x", values, overall: null }];
  return {
    ...texts,
    area: "http",
    aspect: "rate",
    kind: "lines",
    metrics: [],
    isInOverview: true,
    times,
    series,
    hidden: 0,
  };
}
