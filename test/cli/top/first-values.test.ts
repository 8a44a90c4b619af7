// Counts of before the first collection: their series began within the shown time.
import { join } from "node:path";
import { onTestFinished, expect, test, vi } from "vitest";
import { openWatched } from "../../../src/cli/top/watched/open.ts";
import { samplesIn } from "../../../src/cli/top/watched/samples-text.ts";
import { ScrapedSamples } from "../../../src/cli/top/watched/scraped-samples.ts";
import type { Queried } from "../../../src/explain/application.ts";
import { RemoteHistory } from "../../../src/history/index.ts";
import { query, type QueryResult } from "../../../src/query/index.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { servedPage } from "../../page/kit/served-page.ts";
import { reportOf } from "../report/report-of.ts";

const { signal } = new AbortController();
const START = Date.UTC(2026, 8, 21, 12) / 1_000;
const HOUR = 3_600;

function valuesIn(result: QueryResult): readonly unknown[] {
  return result.kind === "vector" ? result.series.map(({ value }) => value) : [];
}

async function watchedAt(place: string): Promise<Queried & { readonly end: number }> {
  const watched = await openWatched(place, signal);
  onTestFinished(() => watched.close());
  const { end } = await watched.refresh(signal);
  return Object.assign(watched, { end });
}

async function shownBy(queried: Queried, expression: string, time: number): Promise<readonly unknown[]> {
  return valuesIn(await queried.query(expression, { time, signal }));
}

/** A store of two hours, with 30 messages 5 s before the collection at the end of the first hour. */
async function storeOfMessages(): Promise<string> {
  const path = join(newFolder("first-values"), "shop.db");
  await fillHistory({
    path,
    from: START,
    to: START + 4 * HOUR,
    interval: 60,
    record(provider) {
      const sent = provider.getMeter("tachymeter").createCounter("messages.sent");
      const wait = provider.getMeter("shop").createHistogram("wait");
      const traffic = provider.getMeter("shop").createObservableCounter("traffic");
      traffic.addCallback((result) => result.observe(1e9));
      return (time) => {
        if (time !== START + HOUR) return;
        vi.setSystemTime((time - 5) * 1_000);
        sent.add(30, { "messaging.destination.name": "orders" });
        wait.record(3);
        vi.setSystemTime(time * 1_000);
      };
    },
  });
  return path;
}

test("an application with the API", async () => {
  const { telemetry, url } = await servedPage();
  telemetry.meterProvider.getMeter("shop").createCounter("orders").add(30);
  const watched = await watchedAt(url);
  const most = "max_over_time(orders_total[1m]) - min_over_time(orders_total[1m])";
  expect(await shownBy(watched, most, watched.end)).toEqual([30]);
  const history = new RemoteHistory({ url });
  expect(valuesIn(await history.query(most, { time: watched.end }))).toEqual([0]);
  await history.close();
});

test("an endpoint that is scraped", async () => {
  const samples = new ScrapedSamples();
  const counter = (labels: string, value: number): string => `sent_total{${labels}} ${value}\n`;
  samples.add(samplesIn(`# TYPE sent_total counter\n${counter('to="a"', 7)}`), 1_000);
  const later = [
    `# TYPE sent_total counter\n${counter('to="a"', 9)}${counter('to="b"', 30)}`,
    '# TYPE wait histogram\nwait_bucket{le="+Inf"} 2\nwait_count 2\nwait_sum 4\n',
    "# TYPE carts gauge\ncarts 3\nunknown 5\n",
  ];
  samples.add(samplesIn(later.join("")), 11_000);
  const risen = async (name: string): Promise<readonly unknown[]> =>
    valuesIn(await query(`increase(${name}[20s])`, { source: samples, time: 11 }));
  expect(await risen("sent_total")).toEqual([4, 30]);
  expect(await risen("wait_sum")).toEqual([4]);
  expect([await risen("carts"), await risen("unknown")]).toEqual([[], []]);
});

test("a store, at single times, over a range and in a report", async () => {
  const path = await storeOfMessages();
  const watched = await watchedAt(path);
  const at = START + HOUR + 60;
  expect(await shownBy(watched, "increase(messages_sent_total[4m])", at)).toEqual([expect.closeTo(30, 0)]);
  expect(await shownBy(watched, "increase(wait_sum[4m])", at)).toEqual([expect.closeTo(3, 0)]);
  // Callbacks observe what may have begun before.
  expect(await shownBy(watched, "increase(traffic_total[2h])", at)).toEqual([0]);
  const { charts } = await reportOf(path, START, START + 4 * HOUR);
  const rates = charts.find(({ id }) => id === "messages-rate")?.series[0]?.values ?? [];
  expect(Math.max(...rates.map((rate) => rate ?? 0))).toBeGreaterThan(0.1);
});

test("a route whose requests came before the first collection, in the table of a report", async () => {
  const path = join(newFolder("first-values"), "shop.db");
  await fillHistory({
    path,
    from: START,
    to: START + HOUR,
    interval: 60,
    record(provider) {
      const duration = provider
        .getMeter("shop")
        .createHistogram("http.server.request.duration", { unit: "s" });
      for (let i = 0; i < 36; i++)
        duration.record(0.1, { "http.request.method": "GET", "http.route": "/early" });
      return () => {};
    },
  });
  const { tables } = await reportOf(path, START - HOUR, START + HOUR);
  const routes = tables.find(({ id }) => id === "http-routes");
  expect(routes?.rows).toMatchObject([{ labels: { http_route: "/early" } }]);
  expect(routes?.rows[0]?.values[1]).toBeCloseTo(0.01, 4);
});
