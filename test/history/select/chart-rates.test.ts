// Rates of charts over a store: the time before a process does not count.
import { join } from "node:path";
import { History } from "tachymeter/history";
import { afterEach, expect, test, vi } from "vitest";
import { query, queryRange } from "../../../src/query/evaluation/query.ts";
import { newFolder } from "../../kit/new-folder.ts";
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
