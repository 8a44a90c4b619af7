// Applications bundled to one file.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { History } from "tachymeter/history";
import { samples } from "../instrumentations/applications.ts";
import { bundle } from "../kit/bundle.ts";
import { metricsOf, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode, scrape } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";

// The bundlers, and their files.
const bundlers: Readonly<Record<string, readonly [bundler: string, file: string]>> = {
  esbuild: ["esbuild", "bundle.mjs"],
  // Characters that a URL escapes.
  "esbuild to CommonJS": ["esbuild", "100% #1.cjs"],
  rolldown: ["rolldown", "bundle.mjs"],
  webpack: ["webpack", "bundle.mjs"],
  "webpack to CommonJS": ["webpack", "bundle.cjs"],
};

beforeAll(packedProject);

// The others differ less; they have a long form.
const chosen = isLong ? Object.keys(bundlers) : ["esbuild", "webpack to CommonJS"];

test.each(chosen)("an application bundled by %s with external packages is measured", async (name) => {
  const cwd = await application(
    {
      "main.mjs": `
          import CircuitBreaker from "opossum";
          import { getCustomCollector } from "tachymeter/facades";
          import { pack } from "./orders.mjs";
          new CircuitBreaker(pack, { name: "packing" })
            .fire()
            .then(() => getCustomCollector().incrementCounter("orders.packed"));
          setInterval(() => {}, 1_000);`,
      "orders.mjs": `export async function pack() {}`,
    },
    { libraries: true },
  );
  const [bundler, file] = bundlers[name]!;
  await bundle(bundler, join(cwd, "main.mjs"), join(cwd, file), { external: ["tachymeter", "opossum"] });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", file],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
  });
  const [, url = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
  await expect
    .poll(async () => samples(await scrape(url), "circuit_breaker_calls_total"))
    .toEqual([expect.stringMatching(/circuit_breaker_name="packing".* 1$/)]);
  expect(samples(await scrape(url), "orders_packed_total")).toEqual([expect.stringMatching(/ 1$/)]);
  child.kill();
  await child.exit;
});

test.each(isLong ? chosen : ["esbuild"])(
  "libraries that publish their calls are measured in a file that %s has written",
  async (name) => {
    const cwd = await application(
      {
        "main.mjs": `
        import { buildSchema, graphqlSync } from "graphql-17";
        import { Redis } from "ioredis";
        import mysql from "mysql2";
        import { createClient } from "redis";
        import { createServer } from "node:net";
        const server = createServer((socket) => {
          socket.on("data", (bytes) => socket.write(String(bytes).split("*").slice(1).map(() => "+OK\\r\\n").join("")));
        });
        graphqlSync({ schema: buildSchema("type Query { a: Int }"), source: "{ a }" });
        server.listen(0, "127.0.0.1", async () => {
          const { port } = server.address();
          const ioredis = new Redis({ port, host: "127.0.0.1", protocol: 2, enableReadyCheck: false });
          await ioredis.set("a", "1");
          const redis = createClient({ socket: { port, host: "127.0.0.1" }, RESP: 2 });
          redis.on("error", () => {});
          await redis.connect();
          await redis.append("a", "1");
          const connection = mysql.createConnection({ socketPath: "/missing.sock" });
          connection.on("error", () => {});
          connection.query("SELECT 1", () => console.log("done"));
        });`,
      },
      { libraries: true },
    );
    const [bundler, file] = bundlers[name]!;
    await bundle(bundler, join(cwd, "main.mjs"), join(cwd, file), {
      external: ["tachymeter", "@opentelemetry/api"],
    });
    // None of the libraries' files can be loaded.
    const folder = mkdtempSync(join(tmpdir(), "tachymeter-bundle-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    copyFileSync(join(cwd, file), join(folder, file));
    const child = runNode({
      cwd,
      args: ["--import", "tachymeter/register", join(folder, file)],
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
    });
    const [, url = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
    await child.waitForOutput(/done/);
    const counts = samples(await scrape(url), "db_client_operation_duration_seconds_count").map((line) =>
      [/system_name="(.*?)"/, /operation_name="(.*?)"/, / (\d+)$/]
        .map((part) => part.exec(line)?.[1])
        .join(" "),
    );
    expect(counts.toSorted()).toEqual(["mysql SELECT 1", "redis APPEND 1", "redis SET 1"]);
    expect(samples(await scrape(url), "graphql_operation_duration_seconds_count")).toEqual([
      expect.stringMatching(/ 1$/),
    ]);
    child.kill();
    await child.exit;
  },
);

// Those that need no framework.
const entryPoints = [
  "alerts",
  "anomalies",
  "bundler",
  "facades",
  "gpu",
  "history",
  "json",
  "lambda",
  "metrics",
  "next",
  "otlp",
  "prom-client",
  "prometheus",
  "query",
  "testing",
];

test.each(chosen)("an application into which %s has bundled all entry points loses nothing", async (name) => {
  const cwd = await application({
    "main.mjs": `
      import { start } from "tachymeter";
      ${entryPoints.map((entry, i) => `import * as entry${i} from "tachymeter/${entry}";`).join("\n")}
      const entries = [${entryPoints.map((_, i) => `entry${i}`).join(", ")}];
      const { ready, meterProvider } = start({
        readers: ["prometheus", "otlp"], history: { path: "h.db" }, host: false, runtime: false,
      });
      ready.then(() => {
        const orders = meterProvider.getMeter("shop").createCounter("orders");
        orders.add(2);
        process.on("SIGUSR2", () => {
          orders.add(3);
          process.exit(3);
        });
        setInterval(() => {}, 1_000);
        console.log(entries.every((each) => Object.keys(each).length > 0) ? "begun" : "an entry is empty");
      });`,
  });
  const receiver = await otlpReceiver();
  const [bundler, file] = bundlers[name]!;
  await bundle(bundler, join(cwd, "main.mjs"), join(cwd, file));
  const child = runNode({
    cwd,
    args: [file],
    env: {
      OTEL_EXPORTER_PROMETHEUS_PORT: "0",
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_LOG_LEVEL: "info",
    },
  });
  const [, url = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
  await child.waitForOutput(/begun/);
  expect(samples(await scrape(url), "orders_total")).toEqual([expect.stringMatching(/ 2$/)]);
  child.kill("SIGUSR2");
  expect(await child.exit).toEqual({ code: 3, signal: null });
  const sent = receiver.requests
    .flatMap(({ body }) => metricsOf(body))
    .filter((metric) => metric.name === "orders")
    .flatMap(({ points }) => points.map((point) => "value" in point && point.value));
  expect(sent.at(-1)).toBe(5);
  const history = await History.open({ path: join(cwd, "h.db"), readOnly: true });
  const { series } = await history.query({ metric: "orders" });
  await history.close();
  expect(series.flatMap(({ points }) => points.map(([, value]) => value)).at(-1)).toBe(5);
  // Webpack inserts each module's own URL, so files beside the package are found as long as the package is there.
  expect(child.stderr.includes("history: worker file not found, so the store blocks the main thread")).toBe(
    !name.startsWith("webpack"),
  );
});

test("an application into which esbuild has bundled the main entry alone logs nothing", async () => {
  const cwd = await application({
    "main.mjs": `
      import { start } from "tachymeter";
      const telemetry = start({ readers: [{ type: "json", file: "metrics.json" }] });
      telemetry.ready.then(() => telemetry.shutdown()).then(() => console.log("ended"));`,
  });
  await bundle("esbuild", join(cwd, "main.mjs"), join(cwd, "bundle.mjs"));
  const child = runNode({ cwd, args: ["bundle.mjs"] });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect([child.stdout, child.stderr]).toEqual(["ended\n", ""]);
});

test.each(chosen.filter((name) => name.startsWith("esbuild")))(
  "a Lambda handler into which %s has bundled Tachymeter flushes the one of the flag",
  async (name) => {
    const cwd = await application({
      "main.mjs": `
        import { metrics } from "@opentelemetry/api";
        import { readFileSync } from "node:fs";
        import { wrapHandler } from "tachymeter/lambda";
        const orders = metrics.getMeter("shop").createCounter("orders");
        wrapHandler(async () => orders.add(1))().then(() => {
          console.log(readFileSync("metrics.json", "utf8").includes("orders"));
        });`,
    });
    const [bundler, file] = bundlers[name]!;
    await bundle(bundler, join(cwd, "main.mjs"), join(cwd, file));
    const child = runNode({
      cwd,
      args: ["--import", "tachymeter/register", file],
      env: { OTEL_METRICS_EXPORTER: "json", TACHYMETER_JSON_FILE: "metrics.json" },
    });
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect([child.stdout, child.stderr]).toEqual(["true\n", ""]);
  },
);
