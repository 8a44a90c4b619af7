import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Correlated } from "../../src/anomalies/correlation/correlated.ts";
import type { Alert } from "../../src/alerts/alert.ts";
import { Alerts } from "../../src/alerts/alerts.ts";
import type {
  AlertCorrelation,
  CorrelateAlert,
  CorrelationRequest,
} from "../../src/alerts/correlated-alerts.ts";
import { alertsDocument } from "../../src/alerts/http/documents.ts";
import { type AlertOptions, ALERTS } from "../../src/alerts/options.ts";
import { Events } from "../../src/events/events.ts";
import { sampleSourceOf } from "../../src/query/given-source.ts";
import type { SampleSeries, Selection, Source } from "../../src/query/source.ts";
import { HttpServer } from "./delivery/http-server.ts";
import { newFolder } from "../kit/new-folder.ts";

const CAUSE: Correlated = {
  metric: "db_pool_waiting",
  labels: { pool: "main" },
  component: 'pool="main"',
  isWeak: false,
  strength: 0.9,
  direction: "up",
  factor: Infinity,
  leadSeconds: 30,
};
const FOUND: AlertCorrelation = { correlated: [CAUSE], text: "db_pool_waiting up, 30 s earlier" };
const RULES = {
  name: "jobs",
  rules: [
    { record: "job:jobs_waiting:sum", expr: "sum by (queue) (jobs_waiting)" },
    { alert: "ManyJobs", expr: "job:jobs_waiting:sum > 5", annotations: { summary: "many" } },
  ],
};

/** A source with the gauge `jobs_waiting`, whose values are set from outside. */
class Jobs implements Source {
  readonly sizes = new Map<string, number>();

  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *select({ matchers, from, to }: Selection): AsyncGenerator<SampleSeries> {
    const now = Math.min(to, Date.now());
    if (now < from || matchers.every(({ value }) => value !== "jobs_waiting")) return;
    for (const [queue, size] of this.sizes)
      yield {
        labels: { __name__: "jobs_waiting", queue },
        times: Float64Array.of(now),
        values: Float64Array.of(size),
      };
  }
}

interface Started {
  readonly alerts: Alerts;
  readonly events: Events;
  readonly received: Alert[];
  readonly close: () => Promise<void>;
}

function started(jobs: Source, correlate?: CorrelateAlert, options: AlertOptions = {}): Started {
  const received: Alert[] = [];
  const events = new Events();
  const settings = ALERTS.settings({
    rules: [RULES],
    monitors: false,
    interval: 0.2,
    route: { groupWait: 0, groupInterval: 0.2 },
    receivers: [(alert: Alert) => void received.push(alert)],
    ...options,
  });
  const alerts = Alerts.of({
    settings,
    directory: settings.directory,
    labels: { job: "shop" },
    url: () => undefined,
  });
  const { close } = alerts.begin({
    source: sampleSourceOf(jobs),
    events,
    meter: undefined,
    isShared: () => false,
    correlate,
  });
  onTestFinished(close);
  return { alerts, events, received, close };
}

const statesOf = (received: readonly Alert[]): string[] => received.map(({ state }) => state);

test("an alert that begins to fire has its correlation: for receivers, in active() and in the API", async () => {
  const jobs = new Jobs();
  jobs.sizes.set("mail", 9);
  const asked: CorrelationRequest[] = [];
  const { alerts, received } = started(jobs, async (request) => {
    asked.push(request);
    return FOUND;
  });
  await expect.poll(() => received).toHaveLength(1);
  const annotations = { summary: "many", correlated: FOUND.text };
  expect(received[0]).toMatchObject({ name: "ManyJobs", annotations, correlated: [CAUSE] });
  expect(alerts.active()).toMatchObject([{ annotations, correlated: [CAUSE] }]);
  expect(alertsDocument(alerts.active(), () => [])).toMatchObject({ alerts: [{ annotations }] });
  expect(asked).toHaveLength(1);
  expect(asked[0]?.metrics.toSorted()).toEqual(["job:jobs_waiting:sum", "jobs_waiting"]);
  expect(asked[0]?.alert.labels).toEqual({ alertname: "ManyJobs", queue: "mail", job: "shop" });
  // Its end has it, too.
  jobs.sizes.set("mail", 0);
  await expect.poll(() => statesOf(received)).toEqual(["firing", "resolved"]);
  expect(received[1]).toMatchObject({ annotations, correlated: [CAUSE] });
  expect(asked).toHaveLength(1);
});

test("without anomaly detection, and if the correlation fails, an alert has none", async () => {
  const jobs = new Jobs();
  jobs.sizes.set("mail", 9);
  const without = started(jobs);
  const failing = started(jobs, () => Promise.reject(new Error("no samples")));
  const throwing = started(jobs, () => {
    throw new Error("a bug");
  });
  for (const { received, alerts } of [without, failing, throwing]) {
    await expect.poll(() => received).toHaveLength(1);
    expect(received[0]?.annotations).toEqual({ summary: "many" });
    expect(received[0]).not.toHaveProperty("correlated");
    expect(alerts.active()[0]).not.toHaveProperty("correlated");
  }
});

test("a late correlation does not delay the notification; it is in active() and in an event later", async () => {
  const jobs = new Jobs();
  jobs.sizes.set("mail", 9);
  let finish: (found: AlertCorrelation) => void = () => {};
  const { alerts, events, received } = started(jobs, () => new Promise((resolve) => (finish = resolve)));
  const late: unknown[] = [];
  events.on("alert.correlated", ({ data, labels }) => late.push({ data, labels }));
  await expect.poll(() => received).toHaveLength(1);
  expect(received[0]?.annotations).toEqual({ summary: "many" });
  expect(late).toEqual([]);
  finish(FOUND);
  await expect.poll(() => alerts.active()[0]?.correlated).toEqual([CAUSE]);
  expect(received).toHaveLength(1);
  expect(late).toMatchObject([
    {
      data: { name: "ManyJobs", annotations: { summary: "many", correlated: FOUND.text } },
      labels: { alertname: "ManyJobs", queue: "mail", job: "shop" },
    },
  ]);
});

test("an alert that is resolved while it is held is delivered as firing, then as resolved", async () => {
  const { events, received } = started(new Jobs(), () => new Promise(() => {}), {
    rules: [],
    sequences: [{ alert: "Outage", when: "count down >= 1 within 1m", keep_firing_for: "1s" }],
  });
  events.record({ event_type: "down", source: "test" });
  await expect.poll(() => statesOf(received)).toEqual(["firing", "resolved"]);
});

test("alerts over sequences of events are correlated, without a metric", async () => {
  const asked: CorrelationRequest[] = [];
  const { events, received } = started(
    new Jobs(),
    async (request) => {
      asked.push(request);
      return FOUND;
    },
    { rules: [], sequences: [{ alert: "Outage", when: "count down >= 1 within 1m" }] },
  );
  events.record({ event_type: "down", source: "test" });
  await expect.poll(() => received).toHaveLength(1);
  expect(received[0]).toMatchObject({ name: "Outage", correlated: [CAUSE] });
  expect(asked[0]?.metrics).toEqual([]);
});

test("the correlation survives a restart, and is not asked for again", async () => {
  const directory = newFolder("correlated");
  const jobs = new Jobs();
  jobs.sizes.set("mail", 9);
  const first = started(jobs, async () => FOUND, { directory });
  await expect.poll(() => first.received).toHaveLength(1);
  await first.close();
  let asked = 0;
  const second = started(
    jobs,
    async () => {
      asked++;
      return { correlated: [], text: "nothing else moved" };
    },
    { directory },
  );
  await expect.poll(() => second.alerts.active()).toHaveLength(1);
  expect(second.alerts.active()).toMatchObject([
    { annotations: { correlated: FOUND.text }, correlated: [CAUSE] },
  ]);
  jobs.sizes.set("mail", 0);
  await expect.poll(() => statesOf(second.received)).toEqual(["resolved"]);
  expect(second.received[0]).toMatchObject({ annotations: { correlated: FOUND.text }, correlated: [CAUSE] });
  expect(asked).toBe(0);
});

test.each([
  ["survives a restart", /nothing/g, true],
  ["is not weak in a file of an earlier version", /"isWeak":true,/g, false],
])("a weak correlation %s", async (_, removed, isWeak) => {
  const directory = newFolder("weak");
  const jobs = new Jobs();
  jobs.sizes.set("mail", 9);
  const weak = { ...CAUSE, isWeak: true, strength: -0.2, explains: 0.5 };
  const first = started(jobs, async () => ({ ...FOUND, correlated: [weak] }), { directory });
  await expect.poll(() => first.received).toHaveLength(1);
  await first.close();
  const files = readdirSync(directory, { withFileTypes: true }).filter((file) => file.isFile());
  const texts = files.map(({ name }) => {
    const path = join(directory, name);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replaceAll(removed, ""));
    return text;
  });
  expect(texts.join("")).toContain('"isWeak":true,');
  const second = started(jobs, async () => FOUND, { directory });
  await expect.poll(() => second.alerts.active()).toHaveLength(1);
  expect(second.alerts.active()[0]?.correlated).toEqual([{ ...weak, isWeak }]);
});

test("an alert that fires again is correlated again; the rule's own annotation of this name stays", async () => {
  const own = { alert: "ManyJobs", expr: "jobs_waiting > 5", annotations: { correlated: "see the wiki" } };
  const jobs = new Jobs();
  jobs.sizes.set("mail", 9);
  let asked = 0;
  const { received } = started(
    jobs,
    async () => {
      asked++;
      return FOUND;
    },
    { rules: [{ name: "own", rules: [own] }] },
  );
  await expect.poll(() => received).toHaveLength(1);
  expect(received[0]).toMatchObject({ annotations: own.annotations, correlated: [CAUSE] });
  jobs.sizes.set("mail", 0);
  await expect.poll(() => statesOf(received)).toEqual(["firing", "resolved"]);
  jobs.sizes.set("mail", 9);
  await expect.poll(() => statesOf(received)).toEqual(["firing", "resolved", "firing"]);
  expect(asked).toBe(2);
});

test("alerts that are held when the application ends are delivered before the end", async () => {
  const jobs = new Jobs();
  jobs.sizes.set("mail", 9);
  let asked = 0;
  const { alerts, close } = started(jobs, () => new Promise(() => asked++));
  const heard: Alert[] = [];
  alerts.on((alert) => heard.push(alert));
  await expect.poll(() => asked).toBe(1);
  await close();
  expect(statesOf(heard)).toEqual(["firing"]);
});

test("an alert that began too early is compared again while it fires", async () => {
  const early = (): AlertCorrelation => ({
    correlated: [],
    text: "too early to compare",
    againMillis: Date.now() + 10,
  });
  const jobs = new Jobs();
  for (const queue of ["mail", "images"]) jobs.sizes.set(queue, 9);
  const asked: string[] = [];
  const { alerts, events, received } = started(jobs, async ({ alert }) => {
    const queue = String(alert.labels["queue"]);
    asked.push(queue);
    return queue === "images" || asked.filter((each) => each === "mail").length < 3 ? early() : FOUND;
  });
  const late: unknown[] = [];
  events.on("alert.correlated", ({ data, labels }) => {
    const { annotations } = Object(data);
    late.push({ queue: labels?.["queue"], text: annotations.correlated });
  });
  await expect.poll(() => received).toHaveLength(2);
  expect(received[0]?.annotations).toEqual({ summary: "many", correlated: "too early to compare" });
  // An alert that has ended is not compared again.
  jobs.sizes.set("images", 0);
  await expect.poll(() => statesOf(received), { timeout: 20_000 }).toContain("resolved");
  const countOf = (queue: string): number => asked.filter((each) => each === queue).length;
  const count = countOf("images");
  await expect.poll(() => alerts.active()[0]?.correlated, { timeout: 20_000 }).toEqual([CAUSE]);
  expect(countOf("mail")).toBe(3);
  expect(countOf("images")).toBe(count);
  jobs.sizes.set("mail", 0);
  await expect.poll(() => received, { timeout: 20_000 }).toHaveLength(4);
  expect(received[3]).toMatchObject({ annotations: { correlated: FOUND.text }, correlated: [CAUSE] });
  // Not for a comparison with the same result.
  expect(late).toEqual([{ queue: "mail", text: FOUND.text }]);
});

test("a held alert is delivered with the interval of its group", async () => {
  const server = await HttpServer.start();
  const jobs = new Jobs();
  jobs.sizes.set("mail", 9);
  const receivers = [{ type: "alertmanager", url: server.url() } as const];
  // Groups are evaluated at different times: one of them soon.
  const rules = Array.from({ length: 60 }, (_, i) => ({
    name: `jobs ${i}`,
    interval: "90s",
    rules: [{ alert: `ManyJobs${i}`, expr: "jobs_waiting > 5" }],
  }));
  started(jobs, async () => FOUND, { rules, receivers });
  await expect.poll(() => server.requests, { timeout: 20_000 }).not.toHaveLength(0);
  const ends = /"endsAt":"([^"]+)"/.exec(server.requests[0]?.body ?? "")?.[1] ?? "";
  expect(Date.parse(ends)).toBeGreaterThan(Date.now() + 300_000);
});
