import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { metrics } from "@opentelemetry/api";
import { type Options, start, type Tachymeter } from "tachymeter";
import { Detector } from "tachymeter/anomalies";
import { History } from "tachymeter/history";
import { expect, onTestFinished, test, vi } from "vitest";
import { storeOf } from "../../src/history/store-of.ts";
import { normalNumbers } from "../history/analysis/known-data.ts";
import { fillHistory } from "../history/filled-history.ts";
import { newFolder } from "../kit/new-folder.ts";

const WAIT = { timeout: 60_000, interval: 100 };

function started(options: Options): Tachymeter {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [],
    live: { resolution: 1 },
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  return telemetry;
}

/** A gauge `jobs_waiting` that is set from outside. Its values vary a little. */
function jobsWaiting(): (level: number) => void {
  let level = 10;
  metrics
    .getMeter("app")
    .createObservableGauge("jobs.waiting")
    .addCallback((result) => result.observe(level + Math.random()));
  return (next) => {
    level = next;
  };
}

/** Replaces what was learned of `jobs_waiting` by that of 600 seconds until now. */
function teach(file: string): void {
  const content: { readonly states: Record<string, string> } = JSON.parse(readFileSync(file, "utf8"));
  const key = Object.keys(content.states).find((each) => each.startsWith("value jobs_waiting "));
  if (key === undefined) throw new Error("jobs_waiting was not watched");
  const detector = new Detector();
  for (let second = -600; second < 0; second++)
    detector.push(Date.now() / 1_000 + second, 10 + Math.random());
  content.states[key] = Buffer.from(detector.state()).toString("base64");
  writeFileSync(file, JSON.stringify(content));
}

test("an anomaly of a watched series is an event and a metric, and what was learned survives a restart", async () => {
  const path = join(newFolder("history"), "shop.db");
  const options = { history: { path }, anomalies: { series: ["jobs_waiting"] } };
  const first = started(options);
  jobsWaiting();
  // The second evaluation finds what the first one watched.
  await sleep(3_000);
  await first.shutdown();
  const file = `${path}.anomalies`;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  teach(file);
  const taught = readFileSync(file, "utf8");
  // A process that runs for a moment loses nothing.
  await started(options).shutdown();
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(taught));

  const second = started(options);
  const setLevel = jobsWaiting();
  const score = async (name: string): Promise<unknown> => {
    const result = await second.query(`${name}{anomaly_metric="jobs_waiting"}`);
    return result.kind === "vector" ? result.series[0]?.value : undefined;
  };
  const detected = () => second.events.recent().filter((each) => each.event_type === "anomaly.detected");
  await expect.poll(() => score("anomaly_score"), WAIT).toBeLessThan(0.5);
  expect(await score("anomaly_active")).toBe(0);
  expect(detected()).toEqual([]);
  setLevel(1_000);
  await expect.poll(() => detected(), WAIT).toHaveLength(1);
  const [event] = detected();
  // Values were from 10 to 11.
  expect(event?.data).toMatchObject({
    metric: "jobs_waiting",
    kind: "value",
    value: expect.closeTo(1_000.5, 0),
    expected: [expect.closeTo(10, -1), expect.closeTo(11, -1)],
  });
  await expect.poll(() => score("anomaly_active"), WAIT).toBe(1);
});

test("with a history of a day, a model of each series is trained and stored after the start", async () => {
  const path = join(newFolder("history"), "shop.db");
  const normal = normalNumbers(4);
  const now = 60 * Math.floor(Date.now() / 60_000);
  await fillHistory({
    path,
    from: now - 1_600 * 60,
    to: now,
    interval: 60,
    record(provider) {
      const gauge = provider.getMeter("app").createGauge("jobs.waiting");
      return () => gauge.record(10 + normal());
    },
  });
  started({ history: { path }, anomalies: { series: ["jobs_waiting"] } });
  jobsWaiting();
  const models = async (): Promise<readonly string[]> => {
    const history = await History.open({ path, readOnly: true });
    try {
      return (await storeOf(history).models()).map(({ name }) => name);
    } finally {
      await history.close();
    }
  };
  await expect.poll(models, WAIT).toEqual([expect.stringMatching(/^anomalies of shop: value jobs_waiting /)]);
});

test("a new series of a selected metric takes the place of one that is watched by default", async () => {
  const path = join(newFolder("history"), "shop.db");
  const telemetry = started({ history: { path }, anomalies: { series: ["jobs_waiting"], maxSeries: 2 } });
  const queues = ["mail"];
  metrics
    .getMeter("app")
    .createObservableGauge("jobs.waiting")
    .addCallback((result) => {
      for (const queue of queues) result.observe(1, { queue });
    });
  await sleep(3_000);
  queues.push("print");
  await sleep(3_000);
  await telemetry.shutdown();
  const { states }: { states: Record<string, string> } = JSON.parse(
    readFileSync(`${path}.anomalies`, "utf8"),
  );
  expect(
    Object.keys(states).map((key) => /^value (\w+) .*?(mail|print)?[^a-z]*$/.exec(key)?.slice(1)),
  ).toEqual([
    ["jobs_waiting", "mail"],
    ["jobs_waiting", "print"],
  ]);
});

test("TACHYMETER_ANOMALIES turns it on, and by default it is off", async () => {
  const path = join(newFolder("history"), "shop.db");
  await started({ history: { path } }).shutdown();
  expect(existsSync(`${path}.anomalies`)).toBe(false);
  vi.stubEnv("TACHYMETER_ANOMALIES", "true");
  onTestFinished(() => void vi.unstubAllEnvs());
  await started({ history: { path } }).shutdown();
  expect(existsSync(`${path}.anomalies`)).toBe(true);
});

test.each([
  [{ sensitivity: "medium" }, /anomalies.sensitivity.*must be one of 'low', 'normal', 'high'/],
  [{ falseAlarmsPerDay: 0 }, /anomalies.falseAlarmsPerDay.*must be a number of false alarms a day above 0/],
  [{ maxSeries: 0 }, /anomalies.maxSeries.*must be a whole number from 1 to 10000/],
  [{ series: ["rate(x[1m])"] }, /anomalies.series.*selectors of PromQL/],
  [{ series: ["x offset 5m"] }, /anomalies.series.*without offset and @/],
  [{ sensitive: "low" }, /anomalies.sensitive.*must be an existing option/],
  ["yes", /anomalies.*must be true, false or an object/],
])("the invalid option %j is refused", (anomalies, message) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an application in JavaScript
  expect(() => start({ anomalies } as unknown as Options)).toThrow(message);
});
