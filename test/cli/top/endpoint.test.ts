// `tachymeter top` of endpoints: with the API, with metrics alone, and of a group.
import { mkdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { addressOf } from "../../kit/address-of.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { application, packedProject } from "../../kit/packed-project.ts";
import { complaintsOf, freePort, reapLater, runNode } from "../../kit/process.ts";
import { tachymeter } from "../running.ts";
import { topInTerminal } from "./running-top.ts";

beforeAll(packedProject);

// Names from outside: escape sequences, right-to-left marks, wide characters, marks, length.
const HOSTILE = [
  "\u001b[2J\u001b[31mred",
  "\u202Eevil",
  "漢字かな",
  `z${"\u0301".repeat(200)}`,
  "x".repeat(10_000),
  "<script>alert(1)</script>",
];

function hostileText(count: number): string {
  const rows = HOSTILE.map(
    (name, i) =>
      `queue_depth{queue="${name}",i="${i}"} ${i}\nmessages_sent_total{destination="${name}"} ${count * i}\n`,
  );
  return `# TYPE queue_depth gauge\n${rows.join("")}`;
}

/** Serves texts of metrics. */
async function served(port: number, text: (count: number) => string): Promise<Server> {
  let count = 0;
  const server = createServer((request, response) => {
    const isMetrics = request.url === "/metrics";
    response.writeHead(isMetrics ? 200 : 404, { "content-type": "text/plain" });
    response.end(isMetrics ? text(count++) : "not found");
  });
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  reapLater(async () => closed(server));
  return server;
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${addressOf(server).port}`;
}

test("an endpoint without the API is scraped, and rates begin with the second scrape", async () => {
  const server = await served(0, (count) => `messages_sent_total ${100 * count}\n`);
  const once = await tachymeter("top", urlOf(server), "--once", "--interval", "1s");
  expect([await once.exit, complaintsOf(once)]).toEqual([{ code: 0, signal: null }, ""]);
  const [, rate] = /Messages +Messages +([\d.]+)\/s +sent/.exec(once.stdout) ?? [];
  expect(Number(rate)).toBeGreaterThan(0);
});

test("hostile names are escaped, cut and aligned", async () => {
  const server = await served(0, hostileText);
  const top = await topInTerminal([urlOf(server), "--interval", "200ms"]);
  await top.shows(/Messages +Messages/);
  top.press("i");
  await top.shows(/queue_depth/);
  top.press("/queue_depth\r\r");
  const screen = await top.shows(/> queue_depth/);
  await top.shows(/queue=漢字かな/);
  const lines = await top.lines();
  expect(lines.find((line) => line.includes("red"))).toContain(String.raw`queue=\u001b[2J\u001b[31mred`);
  expect(lines.find((line) => line.includes("evil"))).toContain(String.raw`\u202eevil`);
  expect(screen).not.toContain("\u202e");
  expect(lines.find((line) => line.includes("xxx"))).toMatch(/x…/);
  // The numbers of all rows end in the same column.
  const ends = lines.slice(5, 11).map((_, i) => {
    const line = top.emulator.buffer.active.getLine(5 + i);
    return Array.from({ length: 80 }, (_cell, x) => line?.getCell(x)?.getChars() ?? "").findLastIndex(
      (char) => /\d/.test(char),
    );
  });
  expect(new Set(ends).size).toBe(1);
  top.press("q");
  await top.exit;
  expect(Math.max(...top.frames)).toBeLessThanOrEqual(8_192);
});

test("an unusual series is in the overview, and Enter opens its instrument", async () => {
  const labels = 'anomaly_metric="queue_depth",anomaly_kind="value",queue="jobs"';
  const usual = labels.replace("jobs", "mails");
  const text = [
    `# TYPE anomaly_score gauge`,
    `anomaly_score{${labels}} 0.8`,
    `anomaly_score{${usual}} 0.1`,
    `# TYPE anomaly_active gauge`,
    `anomaly_active{${labels}} 1`,
    `anomaly_active{${usual}} 0`,
    `# TYPE queue_depth gauge`,
    `queue_depth{queue="jobs"} 3`,
    "",
  ].join("\n");
  const server = await served(0, () => text);
  const top = await topInTerminal([urlOf(server), "--interval", "200ms"]);
  const overview = await top.shows(/Unusual +queue_depth +0\.8 +value/);
  expect(overview.match(/queue_depth/g)).toHaveLength(1);
  top.press("\r");
  await top.shows(/> queue_depth/);
  top.press("q");
  await top.exit;
});

test("a lost connection is shown with the last figures, and ends when the application is back", async () => {
  const port = await freePort();
  const text = (count: number): string =>
    `messages_sent_total ${100 * count}\nprocess_uptime_seconds ${count}\n`;
  const first = await served(port, text);
  const top = await topInTerminal([urlOf(first), "--interval", "200ms"]);
  await top.shows(/Messages +Messages/);
  await closed(first);
  expect(await top.shows(/NO CONNECTION, trying again +".*": no response/)).toMatch(/Messages +Messages/);
  await served(port, text);
  await top.shows(/processes 1 /);
  top.press("\u001b[21~");
  expect((await top.exit).code).toBe(0);
});

test("an application without metrics, and one with unknown ones, have a hint", async () => {
  let text = "";
  const server = await served(0, () => text);
  const top = await topInTerminal([urlOf(server), "--interval", "200ms"]);
  await top.shows(/no series yet/);
  text = "own_total 3\n";
  expect(await top.shows(/no series of a known area/)).toContain("key i lists all 1 metrics");
});

test("a server that is not there, or serves no metrics, is reported", async () => {
  const page = createServer((_, response) => response.writeHead(404).end("<html>"));
  await new Promise<void>((resolve) => void page.listen(0, "127.0.0.1", resolve));
  reapLater(() => closed(page));
  const [gone, strange] = await Promise.all([
    tachymeter("top", `http://127.0.0.1:${await freePort()}`, "--once"),
    tachymeter("top", urlOf(page), "--once"),
  ]);
  expect([(await gone.exit).code, gone.stderr]).toEqual([1, expect.stringContaining("ECONNREFUSED")]);
  expect([(await strange.exit).code, strange.stderr]).toEqual([1, expect.stringContaining("404")]);
});

// Figures of a real application with option `api`, and an alert that fires.
const APPLICATION = `
  import { start } from "tachymeter";
  const telemetry = start({
    api: true,
    live: { resolution: 1 },
    alerts: {
      interval: 1,
      rules: [{ name: "shop", rules: [{
        alert: "QueueFull",
        expr: "message_queue_size > 5",
        labels: { severity: "critical" },
        annotations: { summary: "The queue is full." },
      }] }],
    },
  });
  telemetry.messaging.queueSize("jobs", 7);
  telemetry.health.register("mirror", () => "unhealthy", { critical: false, interval: 1 });
  setInterval(() => telemetry.messaging.sent("jobs", 1), 50);
`;

test("an application with the API has its rates, alerts and health at once", async () => {
  const port = await freePort();
  const child = runNode({
    cwd: await application({ "app.mjs": APPLICATION }),
    args: ["app.mjs"],
    env: { OTEL_SERVICE_NAME: "shop", OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` },
  });
  await child.waitForOutput(/endpoint at/);
  const top = await topInTerminal([], { env: { OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` } });
  const overview = await top.shows(/Alerts +The queue is full\. .* critical/);
  expect(overview).toMatch(/health degraded \(mirror\) +alerts \d+ firing/);
  expect(overview).toMatch(/^tachymeter top +http:\/\/127\.0\.0\.1:\d+\/ +shop/);
  await top.shows(/Messages +Messages +[\d.]+\/s +sent/);
  top.press("a");
  await top.shows(/firing +critical +QueueFull/);
  top.press("\r");
  await top.shows(/The queue is full\./);
  top.press("p");
  await top.shows(/PROCESS +UPTIME[^]*^all /m);
  top.press("q");
  expect((await top.exit).code).toBe(0);
});

// Requests of two routes, of which one is slow and fails at times. Requests to a third one are too few for the table.
const ROUTES = `
  import { metrics } from "@opentelemetry/api";
  import { start } from "tachymeter";
  const telemetry = start({ page: true, live: { resolution: 1 } });
  const duration = metrics.getMeter("app").createHistogram("http.server.request.duration", { unit: "s" });
  const record = (route, seconds, code) => duration.record(seconds, {
    "http.request.method": "GET", "http.route": route, "http.response.status_code": code,
  });
  setInterval(() => {
    for (let i = 0; i < 9; i++) record("/fast", 0.001, 200);
    record("/slow", 0.9, 500);
    record("/slow", 0.9, 200);
  }, 50);
`;

test("the first screen has the slowest and failing routes, also of 80 by 24 characters, and the budget", async () => {
  const port = await freePort();
  const child = runNode({
    cwd: await application({ "app.mjs": ROUTES }),
    args: ["app.mjs"],
    env: { OTEL_SERVICE_NAME: "shop", OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` },
  });
  await child.waitForOutput(/endpoint at/);
  const top = await topInTerminal([`http://127.0.0.1:${port}`, "--interval", "500ms"]);
  const screen = await top.shows(/^Routes +TIME +RATE +ERRORS +P95$/m);
  expect(screen).toMatch(/Requests served[^]*^Routes/m);
  const [, name, errors] = /^ {2}(\S+ \S+) +9\d\S* % +\S+\/s +(\d+) %/m.exec(screen) ?? [];
  expect([name, errors]).toEqual(["GET /slow", "50"]);
  expect(screen).toMatch(/^ {2}GET \/fast .* 0 % /m);
  expect(screen).toMatch(/up \d+ s/);
  // The heading is passed over.
  top.press("jjjjjjjjjj");
  top.press("q");
  expect((await top.exit).code).toBe(0);
  const once = await tachymeter("top", `http://127.0.0.1:${port}`, "--once");
  await once.exit;
  expect(once.stdout).toMatch(/\n\nRoutes +TIME +RATE +ERRORS +P95\n {2}GET \/slow /);
});

// A parent and a child, which ends after a signal.
const GROUP = `
  import { fork } from "node:child_process";
  import { fileURLToPath } from "node:url";
  import { metrics } from "@opentelemetry/api";
  metrics.getMeter("shop").createCounter("messages.sent").add(10);
  if (process.argv[2] !== "child") {
    const child = fork(fileURLToPath(import.meta.url), ["child"]);
    process.on("SIGUSR2", () => child.kill("SIGKILL"));
    console.log("forked");
  }
  setInterval(() => {}, 1_000);
`;

test("the directory of a group has the sums and each process, and one that ends leaves", async () => {
  const directory = join(newFolder("top"), "group");
  mkdirSync(directory, { mode: 0o700 });
  const parent = runNode({
    cwd: await application({ "app.mjs": GROUP }),
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: {
      OTEL_SERVICE_NAME: "shop",
      OTEL_METRICS_EXPORTER: "none",
      TACHYMETER_GROUP_DIRECTORY: directory,
      TACHYMETER_GROUP_INTERVAL: "0.2",
    },
  });
  await parent.waitForOutput(/forked/);
  await expect
    .poll(async () => (await tachymeter("scrape", directory)).stdout)
    .toMatch(/messages_sent_total\S* 20/);
  const top = await topInTerminal([directory, "--interval", "200ms"]);
  await top.shows(/processes 2 /);
  top.press("p");
  const both = await top.shows(/^all [^]*^pid \d+[^]*^pid \d+/m);
  expect(both).toContain(`pid ${parent.pid}`);
  parent.kill("SIGUSR2");
  await top.shows(/processes 1 /);
  await top.hides(/^pid \d+[^]*^pid \d+/m);
  top.press("i/messages_sent\r\r");
  await top.shows(/> messages_sent/);
  top.press("\r");
  await top.shows(/metric +messages_sent_total/);
});
