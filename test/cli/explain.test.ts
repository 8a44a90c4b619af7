import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { start, type Options, type Tachymeter } from "tachymeter";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { tachymeter } from "./running.ts";

beforeAll(packedProject);

const RULE = {
  alert: "QueueGrows",
  expr: "queue_size > 50 and on () vector(1)",
  labels: { severity: "critical" },
  annotations: { summary: "{{ $value }} messages wait", description: "Consumers\u001b[31m are too slow." },
};

/** An application whose queue has 7 messages, and then 120. */
async function application(options: Options = {}): Promise<Tachymeter> {
  const telemetry = start({
    serviceName: "shop",
    host: false,
    runtime: false,
    group: false,
    instrumentations: [],
    readers: [{ type: "prometheus", port: 0 }],
    api: true,
    live: { resolution: 1 },
    alerts: { interval: 0.2, monitors: false, rules: [{ name: "g", rules: [RULE] }] },
    ...options,
  });
  onTestFinished(() => telemetry.shutdown());
  await telemetry.ready;
  const queue = telemetry.meterProvider.getMeter("shop").createGauge("queue.size");
  queue.record(7);
  await delay(1_000);
  queue.record(120);
  await vi.waitFor(() => expect(telemetry.alerts?.active()).toMatchObject([{ state: "firing" }]), 20_000);
  return telemetry;
}

test("an alert is explained by its figure, its limit, its usual values and what is unknown", async () => {
  const { prometheusUrl: url = "" } = await application();
  const explained = await tachymeter("explain", "QueueGrows", url);
  expect([await explained.exit, explained.stderr]).toEqual([{ code: 0, signal: null }, ""]);
  const [first, second, third, ...others] = explained.stdout.split("\n");
  expect(first).toMatch(/^QueueGrows \(critical\) has fired for \d+ s: 120 messages wait$/);
  expect(second).toBe("No cause was found.");
  expect(third).toMatch(/^Value 120, alert > 50/);
  const text = others.join("\n");
  expect(text).toContain("\n  Consumers\\u001b[31m are too slow.\n  queue_size > 50 and on () vector(1)\n");
  expect(text).toContain(`\n  tachymeter query ${url} 'queue_size' --from`);
  expect(text).toContain(
    "\n  functions: no profile has named one; with profiles: true, blocks of the event loop have them\n",
  );
});

test("the store of an application that has ended explains its last alert", async () => {
  const path = join(newFolder("history"), "history.db");
  const telemetry = await application({ history: { path } });
  await telemetry.shutdown();
  const explained = await tachymeter("explain", path, "--format", "json");
  expect(await explained.exit).toEqual({ code: 0, signal: null });
  expect(JSON.parse(explained.stdout)).toMatchObject({
    alert: { name: "QueueGrows", state: "firing", severity: "critical", summary: "120 messages wait" },
    value: { current: "120" },
    changes: [],
    unknown: expect.arrayContaining([
      expect.stringContaining("what changed with it: not enough data to compare: 0 min before the alert"),
    ]),
  });
});

test("the page has the same explanation, for its own clients alone", async () => {
  const { prometheusUrl = "" } = await application({ page: true });
  const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(new URL(path, prometheusUrl), { headers });
  const explained = await get("/page/explain");
  expect([explained.status, explained.headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(await explained.json()).toMatchObject({
    alert: { name: "QueueGrows", severity: "critical" },
    value: { current: "120", condition: RULE.expr, limit: "> 50" },
  });
  expect((await get("/page/explain?alert=0123456789abcdef")).status).toBe(404);
  expect((await get("/page/explain", { "sec-fetch-site": "cross-site" })).status).toBe(403);
});

test("an alert that does not exist is named, with those that do", async () => {
  const { prometheusUrl: url = "" } = await application();
  const unknown = await tachymeter("explain", "Nothing", url);
  expect((await unknown.exit).code).toBe(1);
  expect(unknown.stderr).toBe(
    'tachymeter: alert "Nothing" is not pending or firing; these are: QueueGrows; tachymeter report lists those that are over\n',
  );
  const wrong = await tachymeter("explain", "A", url, "--format", "xml");
  expect((await wrong.exit).code).toBe(2);
  expect(wrong.stderr).toContain("--format must be one of text, markdown, json");
});
