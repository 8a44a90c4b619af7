// Rates of charts over a store: the time before a process does not count.
import { join } from "node:path";
import fc from "fast-check";
import { History } from "tachymeter/history";
import { afterEach, expect, test, vi } from "vitest";
import { query, queryRange } from "../../../src/query/evaluation/query.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { isLong, seed } from "../../kit/test-length.ts";
import { fillHistory } from "../filled-history.ts";

afterEach(() => {
  vi.useRealTimers();
});

const BEGIN = 1_700_000_000;
const MINUTE = 60;
const RATE = 50;

/** A process that counts for some minutes. */
async function fill(path: string, from: number, minutes: number): Promise<void> {
  await fillHistory({
    path,
    from,
    to: from + minutes * MINUTE,
    interval: MINUTE,
    instance: `${from}`,
    record(provider) {
      const [orders, mails] = ["orders", "mails"].map((name) =>
        provider.getMeter("shop").createCounter(name),
      );
      provider
        .getMeter("shop")
        .createObservableCounter("traffic")
        .addCallback((result) => result.observe(RATE * (Date.now() / 1_000)));
      return (time) => {
        orders?.add(time === from ? 1e-9 : RATE * MINUTE);
        if (time === from + 8 * MINUTE) mails?.add(30);
      };
    },
  });
}

test("a chart shows the rate since the start of each process, also that of a series that begins later", async () => {
  const path = join(newFolder("chart-rates"), "shop.db");
  const second = BEGIN + 100 * MINUTE;
  await fill(path, BEGIN, 10);
  await fill(path, second, 10);
  const history = await History.open({ path, readOnly: true });
  const times = (from: number) => ({ from: from + 2 * MINUTE, to: from + 10 * MINUTE, step: MINUTE });
  const ratesIn = async (metric: string, from: number): Promise<readonly unknown[]> => {
    const given = { source: history, isFromZero: true };
    const result = await queryRange(`rate(${metric}[24m])`, { ...given, ...times(from) });
    const values = result.kind === "matrix" ? [...(result.series[0]?.values ?? [])] : [];
    // One step at a time, as on a page that goes on.
    const last = await query(`rate(${metric}[24m])`, { ...given, time: from + 10 * MINUTE });
    return [...values, last.kind === "vector" ? last.series[0]?.value : undefined];
  };
  const about = (value: number) => Array.from({ length: 10 }, () => expect.closeTo(value, 2));
  for (const begin of [BEGIN, second]) {
    expect(await ratesIn("orders_total", begin)).toEqual(about(RATE));
    expect(await ratesIn("traffic_total", begin)).toEqual(about(RATE));
  }
  // 30 mails in the ten minutes since the start of the process.
  expect((await ratesIn("mails_total", BEGIN)).at(-1)).toBeCloseTo(30 / (10 * MINUTE), 4);
  await history.close();
});

test("the rate of a chart is that of the kept samples if its window begins in removed ones", async () => {
  const path = join(newFolder("removed"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  await fill(path, now - 10 * 3_600, 10 * 60);
  const ratesOf = async (history: History, range: string): Promise<readonly unknown[]> => {
    const rates: unknown[] = [];
    for (const metric of ["traffic_total", "orders_total"]) {
      const given = { source: history, time: now, isFromZero: true };
      const result = await query(`rate(${metric}[${range}])`, given);
      rates.push(result.kind === "vector" ? result.series[0]?.value : undefined);
    }
    return rates;
  };
  const about = [expect.closeTo(RATE, 1), expect.closeTo(RATE, 1)];
  // From the start of the process, which is before the retention, but no sample is removed.
  const whole = await History.open({ path, readOnly: true });
  expect(await ratesOf(whole, "12h")).toEqual(about);
  await whole.close();
  const shortened = await History.open({ path, retention: { metricsDays: 0.25 } });
  for (const range of ["3h", "8h", "12h"]) expect(await ratesOf(shortened, range)).toEqual(about);
  await shortened.close();
  const afterwards = await History.open({ path, readOnly: true });
  for (const range of ["3h", "8h", "12h"]) expect(await ratesOf(afterwards, range)).toEqual(about);
  await afterwards.close();
});

interface Life {
  readonly from: number;
  readonly minutes: number;
  /** Requests of each status in a minute; 500 begins at the second collection. */
  readonly requests: number;
  readonly failures: number;
}

const STATUSES = [200, 500] as const;

/** A process with a fast and a slow request for each status. Returns the exact counts. */
async function live(path: string, { from, minutes, requests, failures }: Life): Promise<readonly number[]> {
  const counts = [0, 0];
  await fillHistory({
    path,
    from,
    to: from + minutes * MINUTE,
    interval: MINUTE,
    instance: `${from}`,
    record(provider) {
      const served = provider.getMeter("http").createCounter("served");
      provider
        .getMeter("http")
        .createObservableCounter("cpu")
        .addCallback((result) => result.observe((Date.now() / 1_000 - from) / 2));
      return (time) => {
        for (const [i, count] of [requests, time === from ? 0 : failures].entries()) {
          if (count === 0) continue;
          served.add(count, { status: STATUSES[i]! });
          counts[i]! += count;
        }
      };
    },
  });
  return counts;
}

async function figure(path: string, expression: string, time: number): Promise<unknown> {
  const history = await History.open({ path, readOnly: true });
  const result = await query(expression, { source: history, time, isFromZero: true });
  await history.close();
  return result.kind === "vector" ? result.series[0]?.value : undefined;
}

// Each life has more of both than any first collection, since a counter that goes on above its former value has no reset.
const lives = fc.array(
  fc.record({
    minutes: fc.integer({ min: 12, max: 40 }),
    after: fc.integer({ min: -10, max: 100 }),
    requests: fc.integer({ min: 50, max: 400 }),
    failures: fc.integer({ min: 5, max: 40 }),
  }),
  { minLength: 1, maxLength: 5 },
);
const SHARE = 'sum(rate(served_total{status="500"}[$range])) / sum(rate(served_total[$range]))';

test("a share of a process after a restart is that of the counts of both", async () => {
  const path = join(newFolder("restarted"), "shop.db");
  const [first, second] = [BEGIN, BEGIN + 90 * MINUTE];
  await live(path, { from: first, minutes: 89, requests: 100, failures: 0 });
  const [, failed = 0] = await live(path, { from: second, minutes: 5, requests: 200, failures: 50 });
  const end = second + 5 * MINUTE;
  const share = await figure(path, SHARE.replaceAll("$range", `${end - BEGIN + 1}s`), end);
  expect(share).toBeCloseTo(failed / (90 * 100 + 6 * 200 + failed), 4);
});

test("ten processes that follow each other with overlap have one rate, and use one CPU", async () => {
  const path = join(newFolder("rolling"), "shop.db");
  for (let i = 0; i < 10; i++)
    await live(path, { from: BEGIN + i * 19 * MINUTE, minutes: 20, requests: 6_000, failures: 0 });
  const end = BEGIN + (9 * 19 + 20) * MINUTE;
  const range = `${end - BEGIN + 1}s`;
  // Each life has a collection more than minutes, and overlaps the next one for a minute.
  const rate = (10 * 21 * 6_000) / (end - BEGIN);
  expect(await figure(path, `sum(rate(served_total[${range}]))`, end)).toBeCloseTo(rate, 0);
  const cpus = await figure(path, `sum(rate(cpu_total[${range}]))`, end);
  expect(cpus).toBeGreaterThan(0.5);
  expect(cpus).toBeLessThan(0.55);
});

test("law: a share of rates over the whole range is that of the exact counts", async () => {
  await fc.assert(
    fc.asyncProperty(lives, async (found) => {
      const path = join(newFolder("lives"), "shop.db");
      const counts = [0, 0];
      let [from, end] = [BEGIN, BEGIN];
      for (const { minutes, after, ...each } of found) {
        const own = await live(path, { from, minutes, ...each });
        for (const [i, count] of own.entries()) counts[i]! += count;
        end = Math.max(end, from + minutes * MINUTE);
        from += (minutes + after) * MINUTE + 1;
      }
      const [succeeded = 0, failed = 0] = counts;
      const share = await figure(path, SHARE.replaceAll("$range", `${end - BEGIN + 1}s`), end);
      expect(share).toBeCloseTo(failed / (succeeded + failed), 3);
    }),
    { numRuns: isLong ? 300 : 5, seed },
  );
});
