import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { normalNumbers } from "../history/analysis/known-data.ts";
import { fillHistory } from "../history/filled-history.ts";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { complaintsOf, outputOf } from "../kit/process.ts";
import { tachymeter } from "./running.ts";

const FROM = Date.parse("2026-09-21T00:00:00Z") / 1_000;
const TO = FROM + 24 * 3_600;
const FAULT = FROM + 20 * 3_600;
const CHANGE = FROM + 8 * 3_600;
const range = ["--from", `${FROM}`, "--to", `${TO}`];

let store: string;

// A day with one collection per minute. A queue is unusually long for half an hour; the level of another one changes. One is
// constant, and a metric is the application's own.
beforeAll(async () => {
  store = join(newFolder("anomalies"), "tachymeter.db");
  const normal = normalNumbers(21);
  const filled = fillHistory({
    path: store,
    from: FROM,
    to: TO,
    interval: 60,
    record(provider) {
      const meter = provider.getMeter("test");
      const queue = meter.createGauge("message.queue.size");
      const own = meter.createGauge("shop.orders");
      return (time) => {
        const isFault = time >= FAULT && time < FAULT + 1_800;
        queue.record(100 + 5 * normal() + (isFault ? 60 : 0), { queue: "orders" });
        queue.record(50 + 5 * normal() + (time < CHANGE ? 0 : 30), { queue: "mails" });
        queue.record(7, { queue: "constant" });
        own.record(isFault ? 10 : 0);
      };
    },
  });
  await Promise.all([filled, packedProject()]);
});

test("unusual values and level changes are listed with their series and times", async () => {
  const text = await outputOf(await tachymeter("anomalies", store, ...range, "--json"));
  const lines: readonly {
    kind: string;
    series?: string;
    from?: number;
    to?: number;
    score?: number;
    actual?: number;
    detector?: string;
    expected?: readonly number[];
    time?: number;
    factor?: number;
    attributes?: object;
  }[] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const ofFault = lines.filter(
    ({ kind, series = "", from = 0 }) =>
      kind === "unusual" && series.includes("queue=orders") && Math.abs(from - FAULT) < 600,
  );
  // One by the streaming detectors, and one by the learned model.
  const learned = ofFault.filter(({ detector }) => detector === "learned");
  expect([ofFault.length, learned.length]).toEqual([2, 1]);
  for (const { series, score, actual, expected } of ofFault) {
    expect(series).toMatch(/^message_queue_size .*queue=orders/);
    expect(score).toBeGreaterThan(0.5);
    expect(actual).toBeGreaterThan(130);
    // Usual values are 100 ± 5.
    expect(expected?.[0]).toBeGreaterThan(70);
    expect(expected?.[1]).toBeLessThan(160);
  }
  const change = lines.find(
    ({ kind, attributes }) => kind === "change" && JSON.stringify(attributes).includes("mails"),
  );
  expect(Math.abs((change?.time ?? 0) - CHANGE)).toBeLessThan(1_200);
  expect(change?.factor).toBeCloseTo(1.6, 1);
  expect(text).not.toContain("shop_orders");
});

test("the table has the same, and a quiet range says so", async () => {
  const text = await outputOf(await tachymeter("anomalies", store, ...range));
  expect(text).toMatch(
    /FROM +TO +SERIES +DETECTOR +ACTUAL +EXPECTED +SCORE\n2026-09-21T08:\d\d.* queue=mails +\w+ +[\d.]+ +[\d.]+ to [\d.]+ +0\.\d+\n2026-09-21T20/,
  );
  expect(text).toMatch(
    /TIME +METRIC +ATTRIBUTES +BEFORE +AFTER +RATIO\n2026-09-21T0[78]:\d\d.* queue=mails +50 +80 +1\.6\n/,
  );
  const quiet = ["--from", `${FROM}`, "--to", `${FROM + 3_600}`];
  expect(await outputOf(await tachymeter("anomalies", store, ...quiet))).toBe(
    "nothing examined\n\nno level changes\n\nseries examined: 0, with a value every 60 s\nseries with too few values: 3; use an earlier --from or a shorter --step\n",
  );
  const before = ["--from", "2020-01-01", "--to", "2020-01-02"];
  expect(await outputOf(await tachymeter("anomalies", store, ...before))).toContain("series examined: 0");
});

test("the step follows from the samples, and a constant mean is not unusual, however its sums are rounded", async () => {
  const path = join(newFolder("anomalies"), "sparse.db");
  await fillHistory({
    path,
    from: TO - 5 * 86_400,
    to: TO,
    interval: 600,
    record(provider) {
      const meter = provider.getMeter("test");
      const duration = meter.createHistogram("http.server.request.duration", { unit: "s" });
      const sent = meter.createCounter("messages.sent");
      const queue = meter.createGauge("message.queue.size");
      return (time) => {
        for (let i = 0; i < 1 + ((time / 600) % 7); i++) duration.record(0.05);
        sent.add(10);
        queue.record(time >= FAULT && time < FAULT + 7_200 ? 9 : 4 + ((time / 600) % 2));
      };
    },
  });
  const args = ["--from", `${TO - 5 * 86_400}`, "--to", `${TO}`];
  const text = await outputOf(await tachymeter("anomalies", path, ...args));
  // Rate, mean and p99 of the histogram, the rate of the counter, and the gauge.
  expect(text).toContain("series examined: 5, with a value every 600 s\n");
  expect(text).toMatch(/^FROM .*\n2026-09-21T20.* message_queue_size /);
  expect(text).not.toContain("mean of");
  expect(text).not.toMatch(/^\S+ +http_server_request_duration/m);
});

test("an evaluation counts the alarms of each detector, per series and day", async () => {
  const until = ["--from", `${FROM}`, "--to", `${FAULT}`];
  const text = await outputOf(await tachymeter("anomalies", "evaluate", store, ...until, "--json"));
  const found: readonly {
    detector: string;
    series: number;
    days: number;
    alarms: number;
    alarmsPerSeriesAndDay: number;
  }[] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [streaming, learned] = found;
  // All three series after the warm-up.
  expect(streaming).toMatchObject({ detector: "streaming", series: 3 });
  expect(streaming?.days).toBeCloseTo((3 * (20 - 2.5)) / 24, 1);
  // The level change of one of them.
  expect(streaming?.alarms).toBe(1);
  // The second halves of two series that change, without their first windows.
  expect(learned).toMatchObject({ detector: "learned", series: 2 });
  expect(learned?.days).toBeCloseTo(20 / 24, 1);
  // The level change of one of them was within the training.
  expect(learned?.alarms).toBeLessThan(4);
  for (const { alarms, days, alarmsPerSeriesAndDay } of found)
    expect(alarmsPerSeriesAndDay).toBeCloseTo(alarms / days, 9);
  const short = ["--from", `${FROM}`, "--to", `${FROM + 3_600}`];
  const table = await outputOf(await tachymeter("anomalies", "evaluate", store, ...short));
  expect(table).toMatch(
    /DETECTOR +SERIES +DAYS +ALARMS +PER SERIES AND DAY\nstreaming +0 +0\.0 +0 +not enough data\nlearned +0 +0\.0 +0 +not enough data\n/,
  );
});

test("selectors replace the metrics that are examined by default, and the number of series is limited", async () => {
  const own = await outputOf(
    await tachymeter("anomalies", store, ...range, "--series", "shop_orders", "--json"),
  );
  expect(own).toContain('"series":"shop_orders');
  expect(own).not.toContain("message_queue_size");
  const both = ["--series", "shop_orders", "--series", '{__name__="message_queue_size",queue="constant"}'];
  const until = ["--from", `${FROM}`, "--to", `${FAULT}`];
  const figures = async (...args: string[]): Promise<unknown> =>
    JSON.parse(
      (await outputOf(await tachymeter("anomalies", "evaluate", store, ...until, "--json", ...args))).split(
        "\n",
      )[0] ?? "",
    );
  expect(await figures(...both)).toMatchObject({ detector: "streaming", series: 2 });
  expect(await figures("--max-series", "1")).toMatchObject({ series: 1 });
});

test.each([
  [[], "anomalies: missing store"],
  [["a.db", "--max-series", "0"], "--max-series must be a whole number from 1 to 10000, got"],
  [["evaluate"], "anomalies: missing store"],
  [["a.db", "b.db"], "anomalies: expected one store, got 2"],
  [["missing.db"], 'store "missing.db": file not found'],
  [["a.db", "--from", "2026-01-02", "--to", "2026-01-01"], "anomalies: --from must be before --to"],
  [["a.db", "--step", "soon"], '--step must be a duration such as 90s, 5m, 1h or 1d, got "soon"'],
])("invalid arguments are refused: %j", async (args, message) => {
  const child = await tachymeter("anomalies", ...args);
  expect(complaintsOf(child)).toContain(message);
  expect((await child.exit).code).toBe(2);
});

test.each([
  ["text in place of a store", (whole: Buffer) => Buffer.alloc(whole.length, "no store "), "database"],
  ["half a store", (whole: Buffer) => whole.subarray(0, whole.length / 2), "the file is truncated"],
])("%s is a stated problem, without a stack", async (_, damaged, problem) => {
  const path = join(newFolder("anomalies"), "damaged.db");
  writeFileSync(path, damaged(readFileSync(store)));
  const child = await tachymeter("anomalies", path, ...range);
  await child.exit;
  expect(child.stderr).toMatch(/^tachymeter: history ".*damaged\.db"/);
  expect(child.stderr).toContain(problem);
  expect(child.stderr).not.toMatch(/\n\s+at /);
});
