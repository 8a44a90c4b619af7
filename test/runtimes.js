// `npm run test:matrix -- runtimes`: Bun and Deno, with the packed package of the working directory. Their binaries are
// packages of npm for each platform. docs/frameworks.md lists what works there; this test holds it to that list.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./kit/free-port.js";
import { packedTarball } from "./kit/packed-tarball.js";

const platform = `${process.platform}-${process.arch}`;
const BUN = `@oven/bun-${platform}`;
const DENO = `@deno/${platform}${process.platform === "linux" ? "-glibc" : ""}`;
const PROGRAM = `
import { metrics } from "@opentelemetry/api";
import { createServer } from "node:http";
import { once } from "node:events";
import { start } from "tachymeter";

const pushed = [];
const backend = createServer((request, response) => {
  request.resume().on("end", () => response.end(void pushed.push(request.url)));
}).listen(0, "127.0.0.1");
await once(backend, "listening");
const { port } = backend.address();
const telemetry = start({
  readers: [
    { type: "prometheus", port: 0 },
    { type: "otlp", url: "http://127.0.0.1:" + port + "/v1/metrics" },
    { type: "json", file: "metrics.json" },
  ],
});
await telemetry.ready;
// A channel that only has listeners must not be lost. Finalizers run in a later turn.
if (typeof Bun !== "undefined") {
  Bun.gc(true);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const { default: express } = await import("express");
const { Hono } = await import("hono");
const { Redis } = await import("ioredis");
metrics.getMeter("shop").createCounter("orders").add(2, { channel: "web" });
telemetry.messaging.sent("jobs", 3);
const app = express();
app.get("/orders/:id", (request, response) => void response.send("order"));
const server = app.listen(0, "127.0.0.1");
await once(server, "listening");
await (await fetch("http://127.0.0.1:" + server.address().port + "/orders/7")).text();
const hono = new Hono().get("/parts/:id", (context) => context.text("part"));
const own = typeof Bun === "undefined"
  ? Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, hono.fetch)
  : Bun.serve({ port: 0, hostname: "127.0.0.1", routes: { "/bolts/:id": () => new Response("bolt") }, fetch: hono.fetch });
const url = "http://127.0.0.1:" + (own.port ?? own.addr.port);
await (await fetch(url + "/parts/7", { method: "PUT" })).text();
await (await fetch(url + "/bolts/7", { method: "DELETE" })).text();
const redis = new Redis({ port: Number(process.env.REDIS_PORT), host: "127.0.0.1" });
await redis.set("part", "7");
await new Promise((resolve) => setTimeout(resolve, 500));
const text = await (await fetch(telemetry.prometheusUrl)).text();
await telemetry.forceFlush();
const has = (pattern) => pattern.test(text);
console.log(JSON.stringify({
  own: has(/^orders_total\\{channel="web".* 2$/m),
  facades: has(/^messages_sent_total.* 3$/m),
  process: has(/^process_memory_usage_bytes/m),
  runtime: has(/^nodejs_eventloop_utilization/m),
  requests: has(/^http_server_requests_total\\{http_request_method="GET",http_response_status_code="200".* 1$/m),
  expressRoutes: has(/^http_server_request_duration_seconds_count\\{.*http_route="\\/orders\\/:id".* 1$/m),
  serve: has(/^http_server_requests_total\\{http_request_method="PUT",http_response_status_code="404".* 1$/m),
  bunRoutes: has(/^http_server_request_duration_seconds_count\\{.*http_route="\\/bolts\\/:id".* 1$/m),
  fetch: has(/^http_client_requests_total\\{http_request_method="DELETE".* 1$/m),
  ioredis: has(/^db_client_operation_duration_seconds_count\\{.*SET.* 1$/m),
  otlp: pushed.length > 0,
}));
await telemetry.shutdown();
process.exit();
`;
const BOTH = { own: true, facades: true, process: true, runtime: true, requests: true };
const EXPECTED = {
  Bun: {
    ...BOTH,
    expressRoutes: false,
    serve: true,
    bunRoutes: true,
    fetch: true,
    ioredis: true,
    otlp: true,
  },
  Deno: {
    ...BOTH,
    expressRoutes: true,
    serve: true,
    bunRoutes: false,
    fetch: true,
    ioredis: true,
    otlp: true,
  },
};
const TIME_LIMIT_MILLIS = 60_000;

const home = mkdtempSync(join(tmpdir(), "tachymeter-runtimes-"));
let failed = 0;
const redisPort = await freePort();
const redis = spawn("redis-server", ["--port", `${redisPort}`, "--bind", "127.0.0.1", "--save", ""], {
  cwd: home,
});
try {
  await once(redis, "spawn");
  install();
  const modules = join(home, "node_modules");
  for (const [name, binary, ...words] of [
    ["Bun", join(modules, BUN, "bin/bun")],
    ["Deno", join(modules, DENO, "deno"), "run", "--allow-all"],
  ]) {
    const found = await outcomeOf(binary, words);
    const isExpected = found === JSON.stringify(EXPECTED[name]);
    console.log(`${name}: ${isExpected ? "passed" : `${found}, not ${JSON.stringify(EXPECTED[name])}`}`);
    if (!isExpected) failed++;
  }
} finally {
  redis.kill();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`${2 - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

function install() {
  writeFileSync(join(home, "package.json"), '{ "type": "module" }');
  writeFileSync(join(home, "program.mjs"), PROGRAM);
  const tarball = packedTarball(home);
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund", tarball];
  execFileSync("npm", [...words, "@opentelemetry/api", "express", "hono", "ioredis", BUN, DENO], {
    cwd: home,
    stdio: "inherit",
  });
}

async function outcomeOf(binary, words) {
  try {
    const env = { ...process.env, REDIS_PORT: `${redisPort}` };
    const options = { cwd: home, timeout: TIME_LIMIT_MILLIS, env };
    const { stdout } = await promisify(execFile)(binary, [...words, "program.mjs"], options);
    return stdout.trim();
  } catch (error) {
    return `${error.message}\n${error.stdout ?? ""}`;
  }
}
