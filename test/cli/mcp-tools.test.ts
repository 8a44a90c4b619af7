// The tools of agents, without a transport.
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { askedAt } from "../../src/cli/mcp/at-place.ts";
import { TOOLS } from "../../src/cli/mcp/tools.ts";
import { engineOver } from "../alerts/evaluation/engine-over.ts";
import { fillHistory } from "../history/filled-history.ts";
import { addressOf } from "../kit/address-of.ts";
import { newFolder } from "../kit/new-folder.ts";

const { signal } = new AbortController();

function ask(place: string, tool: string, given = {}): Promise<string> {
  const answer = TOOLS[tool]?.answer(askedAt(place), given, signal);
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
