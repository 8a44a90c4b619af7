// Rows of alerts, and of the processes of a group.
import { createServer } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { statusOf } from "../../../src/cli/top/frame.ts";
import { OpenView } from "../../../src/cli/top/list-state.ts";
import type { ListPage, View } from "../../../src/cli/top/page.ts";
import { alertsView } from "../../../src/cli/top/views/alerts.ts";
import { overviewView } from "../../../src/cli/top/views/overview.ts";
import { processesView } from "../../../src/cli/top/views/processes.ts";
import { openWatched } from "../../../src/cli/top/watched/open.ts";
import { Scraped } from "../../../src/cli/top/watched/scraped.ts";
import type { Watched } from "../../../src/cli/top/watched/watched.ts";
import { Watcher } from "../../../src/cli/top/watcher.ts";
import { addressOf } from "../../kit/address-of.ts";

const { signal } = new AbortController();

async function listOf(view: View, watcher: Watcher): Promise<ListPage> {
  const page = await view.load(await watcher.moment(signal));
  if (page.kind !== "list") throw new Error(`${view.title} is a ${page.kind}`);
  return page;
}

/** Opens a server of the API with alerts, and without samples. */
async function watchedWith(alerts: readonly object[]): Promise<Watched> {
  const server = createServer((request, response) => {
    const isAlerts = request.url?.startsWith("/api/v1/alerts") === true;
    const data = isAlerts ? { alerts } : { resultType: "vector", result: [] };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ status: "success", data }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const watched = await openWatched(`http://127.0.0.1:${addressOf(server).port}`, signal);
  onTestFinished(async () => {
    await watched.close();
    server.close();
  });
  return watched;
}

test.each([alertsView, overviewView])(
  "alerts that differ in their severity alone can both be selected in $title",
  async (view) => {
    const alerts = ["critical", "warning"].map((severity) => ({
      state: "firing",
      activeAt: new Date().toISOString(),
      value: "9",
      labels: { alertname: "QueueGrows", severity, queue: "jobs" },
      annotations: {},
    }));
    const open = new OpenView(view);
    const page = await listOf(view, new Watcher(await watchedWith(alerts)));
    open.page = page;
    expect(open.listState(page, 10).selected).toBe(0);
    open.move(1);
    expect(open.listState(page, 10).selected).toBe(1);
  },
);

test("silenced alerts are dim in their view, and are not counted or shown in the overview", async () => {
  const alertOf = (alertname: string, more: object): object => ({
    state: "firing",
    activeAt: new Date().toISOString(),
    value: "9",
    labels: { alertname, severity: "critical" },
    annotations: {},
    ...more,
  });
  const silenced = [1, 2, 3, 4].map((i) => alertOf(`Silenced${i}`, { silencedBy: ["1"] }));
  const watcher = new Watcher(await watchedWith([...silenced, alertOf("DiskFull", {})]));
  const cellsOf = async (view: View): Promise<readonly unknown[]> => {
    const { rows } = await listOf(view, watcher);
    return rows.map(({ cells }) => cells.slice(0, 3));
  };
  expect(await cellsOf(overviewView)).toMatchObject([[{}, { text: "DiskFull", style: "bad" }, {}]]);
  const moment = await watcher.moment(signal);
  expect(statusOf(moment)).toContainEqual(["alerts", "1 firing", "bad"]);
  expect(await cellsOf(alertsView)).toMatchObject([
    ...[1, 2, 3, 4].map((i) => [{ text: "firing, silenced", style: "dim" }, {}, { text: `Silenced${i}` }]),
    [{ text: "firing", style: "bad" }, {}, { text: "DiskFull" }],
  ]);
});

test("the processes of a group are shown at once, although they are read later than the sums", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const text = "# TYPE process_uptime_seconds gauge\nprocess_uptime_seconds 90\n";
  const member = { id: "a", pid: 17, timeUnixMillis: Date.now(), text };
  const watcher = new Watcher(
    new Scraped({ name: "group", interval: 1, scrape: async () => text, scrapeEach: async () => [member] }),
  );
  await watcher.refresh(signal);
  vi.setSystemTime(Date.now() + 500);
  const { rows } = await listOf(processesView, watcher);
  expect(rows.map(({ cells: [name] }) => name)).toMatchObject([
    { text: "all" },
    { text: expect.stringMatching(/^pid 17 /) },
  ]);
});
