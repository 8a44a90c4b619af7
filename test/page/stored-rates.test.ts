// Rates of charts over samples that are further apart than those of the page.
import { join } from "node:path";
import { expect, test } from "vitest";
import { rateWindow } from "../../src/page/charts/steps.ts";
import type { ViewData } from "../../src/page/protocol.ts";
import { fillHistory } from "../history/filled-history.ts";
import { newFolder } from "../kit/new-folder.ts";
import { servedPage } from "./kit/served-page.ts";

const MINUTE = 60;
const RATE = 0.5;

/** Fills a history for ten minutes, once a minute as by default, until a minute ago. */
async function filled(): Promise<{ readonly path: string; readonly end: number }> {
  const path = join(newFolder("stored-rates"), "shop.db");
  const end = Math.floor(Date.now() / 1_000) - MINUTE;
  await fillHistory({
    path,
    from: end - 10 * MINUTE,
    to: end,
    interval: MINUTE,
    record(provider) {
      const sent = provider.getMeter("tachymeter").createCounter("messages.sent");
      return () => sent.add(RATE * MINUTE, { "messaging.destination.name": "orders" });
    },
  });
  return { path, end };
}

/** The rates of the messages from one time to another. */
function ratesOf({ charts, times }: ViewData, from: number, to: number): readonly (number | null)[] {
  const chart = charts.find(({ id }) => id === "messages-rate");
  return (chart?.series[0]?.values ?? []).filter((_, i) => times[i]! >= from && times[i]! <= to);
}

function expectAll(rates: readonly (number | null)[], count: number): void {
  expect(rates.length).toBeGreaterThanOrEqual(count);
  for (const rate of rates) expect(rate).toBeCloseTo(RATE, 5);
}

test("the rates of a history that is collected each minute are shown, of the past and live", async () => {
  const { path, end } = await filled();
  const page = await servedPage({ history: { path } });
  page.telemetry.messaging.sent("orders");
  const past = await page.past("area/messages", end - 5 * MINUTE, end);
  expectAll(ratesOf(past, end - 5 * MINUTE, end), 150);
  const stream = await page.stream("area/messages", "15m");
  expectAll(ratesOf(await stream.next("view"), end - 5 * MINUTE, end), 60);
});

test("a range without samples of an earlier process has the rates of the last minute, also with a history", async () => {
  const page = await servedPage({ history: { path: join(newFolder("stored-rates"), "shop.db") } });
  page.telemetry.messaging.sent("orders");
  const { charts } = await (await page.stream("area/messages", "15m")).next("view");
  const windows = charts.flatMap(({ expressions }) => expressions.join().match(/\[\w+\]/g) ?? []);
  expect([...new Set(windows)]).toEqual(["[1m]"]);
});

test("the window of rates has four steps or samples, and at least a minute", () => {
  const window = (step: number, resolution: number): string =>
    rateWindow({ stepMillis: step * 1_000 }, resolution * 1_000);
  expect([window(5, 15), window(30, 15), window(5, 60)]).toEqual(["1m", "2m", "4m"]);
});
