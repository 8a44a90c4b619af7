import { join } from "node:path";
import { start } from "tachymeter";
import { History } from "tachymeter/history";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { complaintsOf, outputOf, runNode } from "../kit/process.ts";
import { samples, BEGIN, END as SAMPLES_END } from "../history/remote/samples.ts";
import { queryEngine } from "../servers/query-engines.ts";
import { tachymeter } from "./running.ts";
import { END, SECOND, shopHistory } from "./shop-history.ts";
import { newFolder } from "../kit/new-folder.ts";

let store: string;

beforeAll(async () => {
  [store] = await Promise.all([shopHistory(), packedProject()]);
});

const args = ["--from", `${SECOND}`, "--to", `${END}`, "--limit", "message.queue.size=1000"];

test("a report has command usage, slow and slower operations, and limits that will be reached", async () => {
  const text = await outputOf(await tachymeter("report", store, ...args, "--format", "json"));
  expect(JSON.parse(text)).toMatchObject({
    store,
    range: { from: "2026-09-21T14:00:00.000Z", to: "2026-09-21T15:00:00.000Z" },
    before: { from: "2026-09-21T13:00:00.000Z", to: "2026-09-21T14:00:00.000Z" },
    commands: [
      { command: "import", executions: 120, failures: 0, successRate: 1 },
      // Two of 60 executions fail in every second minute.
      { command: "pay", executions: 120, failures: 30, successRate: 0.75 },
      { command: "close|month", executions: 1, failures: 0, successRate: 1 },
    ],
    slowest: [
      { metric: "command.duration", attributes: { "command.name": "pay" } },
      { metric: "command.duration", attributes: { "command.name": "pay" } },
      { metric: "command.duration", attributes: { "command.name": "import" } },
      { metric: "http.server.request.duration", attributes: { "http.route": "/cart" }, count: 120 },
      { metric: "http.server.request.duration", attributes: { "http.route": "/<home>" }, count: 120 },
    ],
    tables: [
      {
        title: "Routes",
        columns: [{ title: "Time" }, { title: "Rate" }, { title: "Errors" }, { title: "p95" }],
        // 0.2 against 0.04 seconds for as many requests.
        rows: [{ name: "/cart" }, { name: "/<home>" }],
        hidden: 0,
      },
      { title: "Queues", rows: [{ values: [180, null, null, null, null] }] },
    ],
    slower: [{ metric: "http.server.request.duration", attributes: { "http.route": "/cart" } }],
    changes: [],
    forecasts: [
      { metric: "system.filesystem.utilization", threshold: 1, outcome: "reached", value: 1, earliest: null },
      { metric: "message.queue.size", threshold: 1_000, outcome: "expected" },
      { metric: "system.filesystem.utilization", threshold: 1, outcome: "expected" },
    ],
    examined: { durations: 2, shares: 2 },
  });
});

test("times, shares and differences match the recorded values", async () => {
  const text = await outputOf(await tachymeter("report", store, ...args, "--format", "json"));
  const report: {
    slower: { beforeSeconds: number; afterSeconds: number; pValue: number }[];
    forecasts: { at: string; earliest: string; latest: string; value: number }[];
  } = JSON.parse(text);
  expect(report.slower[0]?.beforeSeconds).toBeCloseTo(0.04, 9);
  expect(report.slower[0]?.afterSeconds).toBeCloseTo(0.2, 9);
  expect(report.slower[0]?.pValue).toBeLessThan(1e-6);
  // 0.62 after two hours, growing by 0.001 per minute: 380 minutes left.
  const [full, , disk] = report.forecasts;
  expect(full?.at).toMatch(/^2026-09-21T14:00/);
  expect(disk?.value).toBeCloseTo(0.62, 3);
  expect(Math.abs(Date.parse(disk?.at ?? "") / 1_000 - (END + 380 * 60))).toBeLessThan(300);
  const [earliest = 0, at = 0, latest = 0] = [disk?.earliest, disk?.at, disk?.latest].map((time = "") =>
    Date.parse(time),
  );
  expect([earliest < at, at < latest]).toEqual([true, true]);
});

test("names are escaped in Markdown", async () => {
  const text = await outputOf(await tachymeter("report", store, ...args));
  expect(text).toMatch(/^# Report of /);
  expect(text).toContain("| pay | 120 | 30 | 75.0 % | 400 ms | ");
  expect(text).toContain(String.raw`| close\|month | 1 | 0 | 100.0 % |`);
  expect(text).toContain(String.raw`http.route=/\<home\>`);
  expect(text.match(/^## .*/gm)).toEqual([
    "## Figures",
    "## Routes",
    "## Queues",
    "## Slower than before",
    "## Capacity",
    "## Slowest",
    "## Commands",
    "## Without findings",
  ]);
});

test("an unknown metric of a limit is reported with similar names, beside the report", async () => {
  const child = await tachymeter("report", store, ...args, "--limit", "message.queue.siez=3");
  expect([(await child.exit).code, child.stdout, complaintsOf(child)]).toEqual([
    0,
    expect.stringMatching(/^# Report of /),
    expect.stringMatching(
      /^tachymeter: --limit: metric "message\.queue\.siez" not found; similar names: message\.queue\.size/,
    ),
  ]);
});

test("an HTML report is self-contained, and names are escaped", async () => {
  const text = await outputOf(await tachymeter("report", store, ...args, "--format", "html"));
  expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(text).toContain("<td>http.route=/&lt;home&gt;</td>");
  expect(text).not.toMatch(/<script|src=|href=|http:\/\//);
});

test("sections of a remote history without data say so", async (context) => {
  const url = await queryEngine(context, "VictoriaMetrics", samples());
  const range = ["--from", `${BEGIN}`, "--to", `${SAMPLES_END}`];
  const text = await outputOf(await tachymeter("report", url.replace("//", "//ann:hush@"), ...range));
  expect(text).toContain(`# Report of ${url.replace("://", String.raw`\://`)}/\n`);
  expect(text).not.toContain("## Commands");
  expect(text).toContain(`| sale\\_duration\\_seconds | room=attic |`);
  expect(text).toContain("Nothing is clearly slower. Duration metrics examined: 1.");
  expect(text).toContain("Nothing reaches its limit within a year. Metrics with a limit examined: 0.");
});

test("the charts of a young application begin with its first figures, not a week ago", async () => {
  const startedAt = Date.now() / 1_000;
  const telemetry = start({
    host: false,
    group: false,
    instrumentations: [],
    readers: [{ type: "prometheus", port: 0 }],
    api: true,
    live: { resolution: 1 },
  });
  onTestFinished(() => telemetry.shutdown());
  await telemetry.ready;
  const { prometheusUrl = "" } = telemetry;
  await vi.waitFor(
    async () => {
      const text = await outputOf(await tachymeter("report", prometheusUrl, "--format", "json"));
      const { charts, range } = JSON.parse(text);
      expect(Date.parse(range.to) - Date.parse(range.from)).toBe(7 * 86_400_000);
      expect(charts.length).toBeGreaterThan(2);
      for (const { times } of charts) {
        expect(times[0]).toBeGreaterThan(startedAt - 30);
        expect(times.length).toBeGreaterThan(2);
      }
    },
    { timeout: 30_000, interval: 1_000 },
  );
});

test("processes are counted that exit before their first collection, or count nothing after it", async () => {
  const cwd = await application({
    "job.mjs": `
      import { start } from "tachymeter";
      const telemetry = start({ readers: [], host: false, runtime: false, history: { path: "jobs.db" } });
      for (let i = 0; i < 100; i++) telemetry.commands.recordExecution(i % 10 > 0, 0.5, "nightly");
      if (process.argv[2] === "long") {
        for (const _ of [1, 2, 3]) await telemetry.forceFlush();
        telemetry.commands.recordExecution(true, 0.5, "nightly");
      }`,
  });
  for (const kind of ["short", "long"]) await outputOf(runNode({ cwd, args: ["job.mjs", kind] }));
  const text = await outputOf(await tachymeter("report", join(cwd, "jobs.db"), "--format", "json"));
  const { commands, slowest } = JSON.parse(text);
  expect(commands).toMatchObject([
    { command: "nightly", executions: 201, failures: 20, meanSeconds: expect.closeTo(0.5, 9) },
  ]);
  // Both are equally slow, so either may be first.
  expect(slowest).toHaveLength(2);
  for (const [outcome, count] of [
    ["failure", 20],
    ["success", 181],
  ]) {
    const attributes = expect.objectContaining({ outcome });
    const meanSeconds = expect.closeTo(0.5, 9);
    expect(slowest).toContainEqual(expect.objectContaining({ attributes, count, meanSeconds }));
  }
});

test("sections of an empty store say so", async () => {
  const path = join(newFolder("report"), "tachymeter.db");
  await (await History.open({ path })).close();
  const text = await outputOf(await tachymeter("report", path));
  expect(text).toContain("\n\n- The store has no data in this range.\n\n## Without findings\n\n- Nothing is");
  expect(text).not.toMatch(/command|duration was/);
});

test.each([
  [["report"], "report: missing store; specify a history file, such as tachymeter.db, or a URL"],
  [["report", "a.db", "--format", "pdf"], '--format must be one of md, html, json, got "pdf"'],
  [
    ["report", "a.db", "--limit", "x"],
    '--limit must be a metric and a number (message.queue.size=1000), got "x"',
  ],
  [["report", "a.db", "--from", "1h", "--to", "2h"], "report: --from must be before --to"],
])("%j exits with code 2 and an error message with a remedy", async (given, message) => {
  const child = await tachymeter(...given);
  expect(await child.exit).toEqual({ code: 2, signal: null });
  expect(child.stderr).toContain(`tachymeter: ${message}`);
});
