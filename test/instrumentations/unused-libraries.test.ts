import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

const libraries = [
  "@anthropic-ai/sdk",
  "@aws-sdk/client-bedrock-runtime",
  "ai",
  "amqplib",
  "bullmq",
  "better-sqlite3",
  "cassandra-driver",
  "croner",
  "generic-pool",
  "graphql",
  "@connectrpc/connect-node",
  "@grpc/grpc-js",
  "groq-sdk",
  "ioredis",
  "kafkajs",
  "koa",
  "memjs",
  "mongodb",
  "mqtt",
  "mssql",
  "mysql2",
  "nats",
  "node-cron",
  "ollama",
  "openai",
  "opossum",
  "oracledb",
  "pg",
  "@modelcontextprotocol/sdk/client/index.js",
  "@nats-io/transport-node",
  "@socket.io/redis-adapter",
  "@temporalio/worker",
  "@trpc/server",
  "piscina",
  "prom-client",
  "redis",
  "socket.io",
  "tarn",
  "undici",
  "workerpool",
  "ws",
];

test("libraries that are loaded and never used have no figures", async () => {
  const program = `
    const { start } = require("tachymeter");
    const telemetry = start({ readers: [], host: false, runtime: false, hooks: { kernels: true } });
    const names = async () => Object.keys((await telemetry.snapshot()).metrics).filter((key) => !/^(telemetry|otel_sdk)_/.test(key));
    (async () => {
      const before = await names();
      for (const library of ${JSON.stringify(libraries)}) require(library);
      console.log(JSON.stringify((await names()).filter((key) => !before.includes(key))));
    })();`;
  const cwd = await application({ "app.cjs": program }, { libraries: true });
  expect(await outputOf(runNode({ cwd, args: ["app.cjs"] }))).toBe("[]\n");
});

test("a client of an unsupported version is reported when it is used, not when it is loaded", async () => {
  const client = "node_modules/@redis/client";
  const cwd = await application({
    [`${client}/package.json`]: JSON.stringify({
      name: "@redis/client",
      version: "1.4.0",
      main: "dist/index.js",
    }),
    [`${client}/dist/index.js`]: `require("./lib/client/pub-sub.js"); exports.Client = require("./lib/client/index.js").default;`,
    [`${client}/dist/lib/client/index.js`]: `exports.default = class { connect() { return "connected"; } };`,
    [`${client}/dist/lib/client/pub-sub.js`]: `exports.PubSub = class {};`,
    "app.cjs": `
      const { Client } = require("@redis/client");
      setImmediate(() => {
        console.error("loaded");
        console.log(new Client().connect(), new Client().connect());
      });`,
  });
  const env = { OTEL_METRICS_EXPORTER: "none", OTEL_LOG_LEVEL: "warn" };
  const child = runNode({ cwd, args: ["--require", "tachymeter/register", "app.cjs"], env });
  expect(await outputOf(child)).toBe("connected connected\n");
  expect(child.stderr.trimEnd().split("\n")).toEqual([
    "loaded",
    "tachymeter warning: instrumentation redis: @redis/client 1.4.0 is not instrumented; supported versions: >=5.0.0 <7 and >=1.5.0 <2",
  ]);
});
