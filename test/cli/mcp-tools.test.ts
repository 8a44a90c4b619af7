// The tools of agents, without a transport.
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { askedAt } from "../../src/cli/mcp/at-place.ts";
import type { Asked } from "../../src/cli/mcp/asked.ts";
import { TOOLS } from "../../src/cli/mcp/tools.ts";
import type { Application } from "../../src/explain/application.ts";
import type { Selection } from "../../src/query/index.ts";
import { engineOver } from "../alerts/evaluation/engine-over.ts";
import { fillHistory } from "../history/filled-history.ts";
import { addressOf } from "../kit/address-of.ts";
import { newFolder } from "../kit/new-folder.ts";

const { signal } = new AbortController();

function ask(place: string | Asked, tool: string, given = {}): Promise<string> {
  const asked = typeof place === "string" ? askedAt(place) : place;
  const answer = TOOLS[tool]?.answer(asked, given, signal);
  return answer ?? Promise.reject(new Error(`no tool ${tool}`));
}

/** Serves the API, perhaps without alerts. Returns the URL. */
async function served(alerts: readonly object[] | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const isAlerts = request.url?.startsWith("/api/v1/alerts") === true;
    const data = isAlerts ? { alerts } : { resultType: "vector", result: [] };
    response.writeHead(isAlerts && alerts === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ status: "success", data }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${addressOf(server).port}`;
}

test("alerts of a server without them are not known, which is not the same as none", async () => {
  await expect(ask(await served(undefined), "alerts")).rejects.toThrow("no alerts are known");
  expect(await ask(await served([]), "alerts")).toBe("no alerts are pending or firing");
});

test("an alert is one line, whatever its name and its summary contain", async () => {
  const alert = {
    state: "firing",
    activeAt: "2026-11-20T10:00:00Z",
    value: "9",
    labels: { alertname: "A\nB firing", severity: "critical" },
    annotations: { summary: "x\nDiskFull firing critical" },
  };
  expect(await ask(await served([alert]), "alerts")).toBe(
    String.raw`A\nB firing firing critical since 2026-11-20T10:00:00.000Z, value 9, : x\nDiskFull firing critical`,
  );
});

test("a report of a file has the alerts beside the file, also if its name has a number sign", async () => {
  const path = join(newFolder("mcp"), "shop #1.db");
  const now = Math.floor(Date.now() / 1_000);
  const record = (): (() => void) => () => {};
  await fillHistory({ path, from: now - 600, to: now, interval: 60, record });
  const rules = [{ name: "g", rules: [{ alert: "Saved", expr: "x > 0" }] }];
  await engineOver(rules, { x: "1x9" }, { directory: `${path}.alerts` }).run(0, 9);
  const text = await ask(path, "report", { from: "10m" });
  expect(text).toContain("# Report of shop #1.db");
  expect(text).toContain("Alert Saved fired");
});

test("the width of the application's own terminal does not cut silences", async () => {
  const { isTTY, columns } = process.stdout;
  onTestFinished(() => void Object.assign(process.stdout, { isTTY, columns }));
  Object.assign(process.stdout, { isTTY: true, columns: 40 });
  const folder = newFolder("mcp");
  const comment = "the queue is emptied by hand until the new workers are there";
  await ask(folder, "silence", { matchers: 'alertname="QueueGrows"', for: "1h", comment });
  expect(await ask(folder, "silences")).toContain(comment);
});

/** The application that serves its own tools, with nothing but what is given. */
function ownApplication(given: Partial<Application>): Asked {
  const refused = (): Promise<never> => Promise.reject(new Error("not asked for"));
  const application: Application = {
    name: "shop",
    refresh: refused,
    query: refused,
    queryRange: refused,
    async *select() {},
    ...given,
  };
  return {
    name: "shop",
    place: "shop",
    application: (call) => call(application),
    history: refused,
    profile: refused,
    silences: refused,
  };
}

test("an event is one line, whatever its type and its data are", async () => {
  const circular: Record<string, unknown> = { id: 7n };
  circular["self"] = circular;
  const given = {
    event_id: "1",
    source: "shop",
    timestamp: "2026-11-20T10:00:00.000Z",
    labels: {},
    metadata: {},
  };
  const asked = ownApplication({
    async *events() {
      yield { ...given, event_type: "order.paid", data: { amount: 7n } };
      yield { ...given, event_type: "a\nb", data: circular };
      yield { ...given, event_type: "c", data: undefined };
    },
  });
  expect((await ask(asked, "events")).split("\n")).toEqual([
    '2026-11-20T10:00:00.000Z order.paid {"amount":"7"}',
    expect.stringMatching(/^2026-11-20T10:00:00\.000Z a\\nb ".*Circular/),
    expect.stringMatching(/^2026-11-20T10:00:00\.000Z c /),
  ]);
});

test("series are compared over ten minutes, and an answer without any says that samples may be missing", async () => {
  const selections: Selection[] = [];
  const asked = ownApplication({
    async *select(selection) {
      selections.push(selection);
      yield* [];
    },
  });
  const text = await ask(asked, "correlate", { metric: "queue_size", to: "2026-11-20T10:00:00Z" });
  expect(text).toMatch(/^nothing else moved, or there are too few samples/);
  // The window, and four times as much before it.
  expect(Math.min(...selections.map(({ from }) => from))).toBe(Date.parse("2026-11-20T09:10:00Z"));
});
