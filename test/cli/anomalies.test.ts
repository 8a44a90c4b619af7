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
    time?: number;
    factor?: number;
    attributes?: object;
  }[] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const unusual = lines.find(
    ({ kind, series = "" }) => kind === "unusual" && series.includes("queue=orders"),
  );
  expect(unusual?.series).toMatch(/^message_queue_size .*queue=orders/);
  expect(Math.abs((unusual?.from ?? 0) - FAULT)).toBeLessThan(600);
  expect(unusual?.score).toBeGreaterThan(0.999);
  expect(unusual?.actual).toBeGreaterThan(130);
  const change = lines.find(
    ({ kind, attributes }) => kind === "change" && JSON.stringify(attributes).includes("mails"),
  );
  expect(Math.abs((change?.time ?? 0) - CHANGE)).toBeLessThan(1_200);
  expect(change?.factor).toBeCloseTo(1.6, 1);
  expect(text).not.toContain("shop_orders");
});

test("the table has the same, and a quiet range says so", async () => {
  const text = await outputOf(await tachymeter("anomalies", store, ...range));
  expect(text).toMatch(/FROM +TO +SERIES +DETECTOR +ACTUAL +EXPECTED +SCORE\n2026-09-21T(?:19|20):\d\d/);
  expect(text).toMatch(
    /TIME +METRIC +ATTRIBUTES +BEFORE +AFTER +RATIO\n2026-09-21T0[78]:\d\d.* queue=mails +50 +80 +1\.6\n/,
  );
  const quiet = ["--from", `${FROM}`, "--to", `${FROM + 3_600}`];
  expect(await outputOf(await tachymeter("anomalies", store, ...quiet))).toBe(
    "nothing unusual; series examined: 3\n\nno level changes\n",
  );
  const before = ["--from", "2020-01-01", "--to", "2020-01-02"];
  expect(await outputOf(await tachymeter("anomalies", store, ...before))).toContain("series examined: 0");
});

test("an evaluation counts the alarms of each detector, per series and day", async () => {
  const until = ["--from", `${FROM}`, "--to", `${FAULT}`];
  const text = await outputOf(await tachymeter("anomalies", "evaluate", store, ...until, "--json"));
  const found: {
    detector: string;
    series: number;
    days: number;
    alarms: number;
    alarmsPerSeriesAndDay: number;
  } = JSON.parse(text);
  // The second halves of two series that change, without their first windows.
  expect(found).toMatchObject({ detector: "learned", series: 2 });
  expect(found.days).toBeCloseTo(20 / 24, 1);
  // The level change of one of them was within the training.
  expect(found.alarms).toBeLessThan(4);
  expect(found.alarmsPerSeriesAndDay).toBeCloseTo(found.alarms / found.days, 9);
  const short = ["--from", `${FROM}`, "--to", `${FROM + 3_600}`];
  const table = await outputOf(await tachymeter("anomalies", "evaluate", store, ...short));
  expect(table).toMatch(
    /DETECTOR +SERIES +DAYS +ALARMS +PER SERIES AND DAY\nlearned +0 +0\.0 +0 +not enough data\n/,
  );
});

test.each([
  [[], "anomalies: missing store"],
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
