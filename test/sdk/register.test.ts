import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, outputOf, runNode, scrape } from "../kit/process.ts";

beforeAll(packedProject);

const counting = `
  const counter = metrics.getMeter("shop", "1.2.3").createCounter("orders.placed", { unit: "{order}", description: "Orders." });
  counter.add(3, { "shop.channel": "web" });
  counter.add(4, { "shop.channel": "app" });
`;
const waiting = `console.log("ready"); const stay = setInterval(() => {}, 1000);`;
const esm = `import { metrics } from "@opentelemetry/api"; ${counting} ${waiting}`;
const cjs = `const { metrics } = require("@opentelemetry/api"); ${counting} ${waiting}`;

test.each([
  ["an ES module", "--import", "app.mjs"],
  ["an ES module", "--require", "app.mjs"],
  ["a CommonJS application", "--import", "app.cjs"],
  ["a CommonJS application", "--require", "app.cjs"],
])("%s started with %s is scraped over HTTP without a change to its code", async (_, flag, program) => {
  const cwd = await application({ "app.mjs": esm, "app.cjs": cjs, "package.json": `{ "name": "the-shop" }` });
  const port = await freePort();
  const child = runNode({
    cwd,
    args: [flag, "tachymeter/register", program],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` },
  });
  await child.waitForOutput(/ready/);
  await child.waitForOutput(/Prometheus endpoint/);
  const text = await scrape(`http://127.0.0.1:${port}/metrics`);
  expect(text).toContain(
    'orders_placed_total{otel_scope_name="shop",otel_scope_version="1.2.3",shop_channel="web"} 3\n',
  );
  expect(text).toMatch(/^orders_placed_total\{.*shop_channel="app"\} 4$/m);
  expect(text).toMatch(/^target_info\{.*service_name="the-shop".*\} 1$/m);
  expect(text).toMatch(/^target_info\{.*service_instance_id="[0-9a-f-]{36}".*\} 1$/m);
  expect(text).toMatch(/^process_memory_usage(?:_bytes)?\{/m);
  expect(text).toMatch(/^system_cpu_time_seconds_total/m);
  expect(text).toMatch(/^nodejs_eventloop_utilization/m);
  expect(text).not.toContain("process_command_args");
});

test.each(["http/protobuf", "http/json"])(
  "metrics are pushed to a collector by OTLP over %s",
  async (protocol) => {
    const receiver = await otlpReceiver();
    const cwd = await application({ "app.mjs": esm });
    const child = runNode({
      cwd,
      args: ["--import", "tachymeter/register", "app.mjs"],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_METRIC_EXPORT_INTERVAL: "300",
        OTEL_SERVICE_NAME: "shop",
      },
    });
    await child.waitForOutput(/ready/);
    await expect.poll(() => receiver.requests.length).toBeGreaterThan(1);
    expect(receiver.requests.at(-1)?.body.resourceMetrics[0]?.resource.attributes).toMatchObject({
      "service.name": "shop",
    });
    const orders = receiver.metric("orders.placed");
    expect(orders).toMatchObject({
      kind: "sum",
      isMonotonic: true,
      temporality: "cumulative",
      unit: "{order}",
      points: [
        { attributes: { "shop.channel": "web" }, value: 3 },
        { attributes: { "shop.channel": "app" }, value: 4 },
      ],
    });
  },
);

test("register starts once if it is loaded twice", async () => {
  const cwd = await application({ "app.mjs": esm });
  const port = await freePort();
  const child = runNode({
    cwd,
    args: ["--require", "tachymeter/register", "--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` },
  });
  await child.waitForOutput(/ready/);
  await child.waitForOutput(/Prometheus endpoint/);
  const text = await scrape(`http://127.0.0.1:${port}/metrics`);
  expect(text.match(/^orders_placed_total\{/gm)).toHaveLength(2);
  expect(child.stderr.match(/Prometheus endpoint at/g)).toHaveLength(1);
  expect(child.stderr).not.toMatch(/error|warning/);
});

test.each([
  ["false", "set TACHYMETER_KERNELS=true to measure them from the main thread"],
  ["true", "the main thread measures them"],
])(
  "without a group and with TACHYMETER_KERNELS=%s, worker threads are not measured, which is logged once: %s",
  async (kernels, what) => {
    const cwd = await application({
      "app.mjs": `import { Worker } from "node:worker_threads";
      import { running } from "tachymeter";
      await running().ready;
      for (let i = 0; i < 3; i++)
        new Worker(new URL("./worker.mjs", import.meta.url)).on("message", (found) => console.log("in the worker:", found));`,
      "worker.mjs": `import { parentPort } from "node:worker_threads";
      import { running } from "tachymeter";
      parentPort.postMessage(running() === undefined ? "none" : "another");`,
    });
    const child = runNode({
      cwd,
      args: ["--import", "tachymeter/register", "app.mjs"],
      env: { OTEL_METRICS_EXPORTER: "none", TACHYMETER_KERNELS: kernels, TACHYMETER_GROUP: "false" },
    });
    await child.exit;
    expect(child.stdout).toBe("in the worker: none\n".repeat(3));
    expect(child.stderr.match(/Tachymeter is not started in worker threads.*/g)).toEqual([
      `Tachymeter is not started in worker threads, so their own measurements are not exported; ${what}`,
    ]);
  },
);

test("a secret in the arguments of a program without a script is not in its resource", async () => {
  const cwd = await application({});
  const script = `import { running } from "tachymeter"; console.log(JSON.stringify(running().resource.attributes));`;
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "--input-type=module", "--eval", script, "s3cret"],
    env: { OTEL_METRICS_EXPORTER: "none" },
  });
  await child.exit;
  expect(JSON.parse(child.stdout)).toMatchObject({ "process.executable.path": process.execPath });
  expect(child.stdout).not.toContain("s3cret");
});

test("a configuration error is logged with every problem, and the application continues", async () => {
  const cwd = await application({ "app.mjs": `console.log("application ran");` });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_METRICS_EXPORTER: "promethius", TACHYMETER_KERNELS: "perhaps" },
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("application ran\n");
  expect(child.stderr).toContain(
    "OTEL_METRICS_EXPORTER must be a list with entries from prometheus, otlp, json, console",
  );
  expect(child.stderr).toContain('got "promethius"');
  expect(child.stderr).toContain('TACHYMETER_KERNELS must be true or false, got "perhaps"');
});

test("the problem of a variable of the Prometheus reader starts with the variable's name", async () => {
  const cwd = await application({});
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "--eval", ""],
    env: { TACHYMETER_PROMETHEUS_BEARER_TOKEN_FILE: "nowhere", TACHYMETER_PROMETHEUS_USERNAME: "prometheus" },
  });
  await child.exit;
  expect(child.stderr).toContain(
    "configuration of tachymeter: 2 problems; see tachymeter/docs/configuration.md\n",
  );
  // A line for each.
  expect(child.stderr).toMatch(
    /^tachymeter error: +TACHYMETER_PROMETHEUS_BEARER_TOKEN_FILE must be a file that can be read.*\n.* +TACHYMETER_PROMETHEUS_PASSWORD must be set together /m,
  );
});

test("a port in use is logged, ready rejects, and the application and the other readers continue", async () => {
  const receiver = await otlpReceiver();
  const port = await freePort();
  const cwd = await application({
    "app.mjs": `import { running } from "tachymeter";
      running().ready.then(
        () => console.log("ready resolved"),
        (error) => console.log(error.constructor.name, error.errors.map(({ code }) => code).join()),
      );
      setInterval(() => {}, 1000);`,
    "occupant.mjs": `import { createServer } from "node:net";
      createServer().listen(${port}, "127.0.0.1", () => console.log("occupied"));`,
  });
  await runNode({ cwd, args: ["occupant.mjs"] }).waitForOutput(/occupied/);
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: {
      OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_METRICS_EXPORTER: "prometheus,otlp",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
    },
  });
  await child.waitForOutput(/AggregateError EADDRINUSE/);
  await child.waitForOutput(new RegExp(`tachymeter error: .*${port}`));
  await expect.poll(() => receiver.requests.length).toBeGreaterThan(0);
});

test("if no port is configured and 9464 is taken, the next free one is used and logged", async () => {
  const cwd = await application({
    "app.mjs": `import { running } from "tachymeter";
      await running().ready;
      console.log("url", running().prometheusUrl);
      setInterval(() => {}, 1000);`,
  });
  const args = ["--import", "tachymeter/register", "app.mjs"];
  const first = runNode({ cwd, args });
  const [, firstUrl] = await first.waitForOutput(/url (\S+)/);
  const second = runNode({ cwd, args });
  const [, secondUrl] = await second.waitForOutput(/url (\S+)/);
  expect(secondUrl).not.toBe(firstUrl);
  expect(second.stderr).toContain(`Prometheus endpoint at ${secondUrl}`);
  expect(await scrape(`${secondUrl}`)).toContain("target_info");
});

test("without a group, each worker of a cluster has its own endpoint", async () => {
  const cwd = await application({
    "app.mjs": `import cluster from "node:cluster";
      import { running } from "tachymeter";
      await running().ready;
      console.log(cluster.isPrimary ? "primary" : "worker", running().prometheusUrl, process.pid);
      if (cluster.isPrimary) for (let i = 0; i < 2; i++) cluster.fork();
      setInterval(() => {}, 1000);`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0", NODE_OPTIONS: "", TACHYMETER_GROUP: "false" },
  });
  await child.waitForOutput(/(?:worker [^]*){2}/);
  const lines = [...child.stdout.matchAll(/^\w+ (\S+) (\d+)$/gm)];
  expect(new Set(lines.map(([, url]) => url)).size).toBe(3);
  for (const [, url, pid] of lines) expect(await scrape(`${url}`)).toContain(`process_pid="${pid}"`);
});

test.skipIf(process.platform === "win32")(
  "the service has the name of the program's package, also if a link in another folder starts it",
  async () => {
    const cwd = await application({
      "bin/package.json": "{}",
      "shop/package.json": JSON.stringify({ name: "shop-cli" }),
      "shop/app.js": `const { running } = require("tachymeter");
        console.log(running().resource.attributes["service.name"]);`,
    });
    symlinkSync("../shop/app.js", join(cwd, "bin/shop"));
    const args = ["--import", "tachymeter/register", join(cwd, "bin/shop")];
    const child = runNode({ cwd, args, env: { OTEL_METRICS_EXPORTER: "none" } });
    expect(await outputOf(child)).toBe("shop-cli\n");
  },
);

test("OTEL_SDK_DISABLED starts nothing", async () => {
  const cwd = await application({
    "app.mjs": `import { running } from "tachymeter";
      running().messaging.sent("jobs");
      await running().ready;
      console.log("url", running().prometheusUrl, process.getActiveResourcesInfo().includes("TCPServerWrap"));`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_SDK_DISABLED: "true" },
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe("url undefined false\n");
});

test("if another SDK has registered first, register records to its provider", async () => {
  const cwd = await application({
    "other.mjs": `import { metrics } from "@opentelemetry/api";
      import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader, AggregationTemporality } from "@opentelemetry/sdk-metrics";
      globalThis.exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
      globalThis.provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
      metrics.setGlobalMeterProvider(provider);`,
    "app.mjs": `import { running, start } from "tachymeter";
      running().messaging.sent("jobs");
      await provider.forceFlush();
      console.log(exporter.getMetrics()[0].scopeMetrics.flatMap(({ metrics }) => metrics).map(({ descriptor }) => descriptor.name).join());
      await running().shutdown();
      try { start(); } catch (error) { console.log(error.code, /createMeterProvider/.test(error.message)); }`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "./other.mjs", "--import", "tachymeter/register", "app.mjs"],
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toMatch(/messages\.sent/);
  expect(child.stdout).toContain("TACHYMETER_FOREIGN_METER_PROVIDER true");
  expect(child.stderr).toContain("another SDK has registered its MeterProvider");
});

test("traces by upstream's NodeSDK and metrics by Tachymeter work in one process, in either order", async () => {
  const cwd = await application({
    "traces.mjs": `import { NodeSDK } from "@opentelemetry/sdk-node";
      globalThis.spans = [];
      const collecting = { onStart() {}, onEnd: ({ name }) => spans.push(name), forceFlush: async () => {}, shutdown: async () => {} };
      new NodeSDK({ spanProcessors: [collecting], metricReaders: [] }).start();`,
    "app.mjs": `import { trace } from "@opentelemetry/api";
      import { running } from "tachymeter";
      trace.getTracer("shop").startActiveSpan("order", (span) => { running().messaging.sent("jobs"); span.end(); });
      const { metrics } = await running().snapshot();
      console.log(spans.join(), metrics['messages_sent_total{messaging_destination_name="jobs"}'].value);`,
  });
  for (const order of [
    ["./traces.mjs", "tachymeter/register"],
    ["tachymeter/register", "./traces.mjs"],
  ]) {
    const child = runNode({
      cwd,
      args: [...order.flatMap((module) => ["--import", module]), "app.mjs"],
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0", OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" },
    });
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(child.stdout).toBe("order 1\n");
  }
});
