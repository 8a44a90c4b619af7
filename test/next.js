// `npm run test:matrix -- next`: the newest Next.js, by `next start` and as a standalone server, with the packed package
// of the working directory. The flag measures them, then `instrumentation.ts` of examples/frameworks, and then one that is
// refused in the edge runtime. All is installed and built in a temporary folder, which takes three minutes.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { sumOf } from "./apps/compare.js";
import { freePort } from "./kit/free-port.js";
import { packedTarball } from "./kit/packed-tarball.js";

const FILES = {
  "package.json": "{}",
  "app/layout.js": `export default ({ children }) => <html><body>{children}</body></html>;`,
  "app/page.js": `export const dynamic = "force-dynamic"; export default () => <p>shop</p>;`,
  "app/api/order/route.js": `
    import { metrics } from "@opentelemetry/api";
    import CircuitBreaker from "opossum";
    export const dynamic = "force-dynamic";
    const packing = new CircuitBreaker(async () => {}, { name: "packing" });
    export async function GET() {
      await packing.fire();
      metrics.getMeter("shop").createCounter("orders").add(1);
      return Response.json({});
    }`,
  "app/(shop)/orders/[id]/page.js": `export default async () => <p>order</p>;`,
  "pages/old/[id].js": `export default () => <p>old</p>; export const getServerSideProps = () => ({ props: {} });`,
  "pages/api/[id].js": `export default (request, response) => response.json({});`,
  "pages/fails/[id].js": `export default () => {}; export const getServerSideProps = () => { throw new Error("fails"); };`,
  "proxy.js": `
    import { NextResponse } from "next/server";
    export function proxy({ nextUrl }) {
      return nextUrl.pathname === "/blocked" ? new NextResponse("no", { status: 403 }) : NextResponse.next();
    }`,
};
const EXAMPLE = resolve(import.meta.dirname, "../examples/frameworks/nextjs");
const EDGE_FILES = {
  "app/api/edge/route.js": `export const runtime = "edge"; export const GET = () => new Response("edge");`,
  "instrumentation.js": `
    import { start } from "tachymeter";
    export function register() { start({ serviceName: "shop" }); }`,
};
const REFUSAL = "it needs Node.js, and this is the edge runtime; in instrumentation.ts, import it only if";
const STANDALONE = ".next/standalone";
const START_MILLIS = 60_000;
const ORDERS = 5;
const PAGES = 3;
// The path and status of further requests, with their routes.
const ROUTES = [
  ["/orders/7", 200, "/orders/[id]"],
  ["/old/7", 200, "/old/[id]"],
  ["/api/7", 200, "/api/[id]"],
  ["/fails/7", 500, "/fails/[id]"],
  ["/blocked", 403, undefined],
  ["/missing", 404, undefined],
];

const home = mkdtempSync(join(tmpdir(), "tachymeter-next-"));
let failed = 0;
try {
  install();
  for (const [mode, ...words] of [
    ["next start", "node_modules/next/dist/bin/next", "start"],
    ["standalone", `${STANDALONE}/server.js`],
  ]) {
    // `next start` does not serve a standalone build.
    build(mode === "standalone");
    report(mode, await problemOf(words, { NODE_OPTIONS: "--import tachymeter/register" }));
  }
  for (const name of ["instrumentation.ts", "next.config.mjs"]) cpSync(join(EXAMPLE, name), join(home, name));
  runBuild();
  report("instrumentation.ts", await problemOf([`${STANDALONE}/server.js`]));
  rmSync(join(home, "instrumentation.ts"));
  write(EDGE_FILES);
  build(false);
  report("edge runtime", await edgeProblem());
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`${4 - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;

function report(mode, problem) {
  console.log(`${mode}: ${problem ?? "passed"}`);
  if (problem !== undefined) failed++;
}

function write(files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  }
}

function install() {
  write(FILES);
  const tarball = packedTarball(home);
  const words = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];
  const own = ["tachymeter", "@opentelemetry/api"].map((name) => (name === "tachymeter" ? tarball : name));
  execFileSync("npm", [...words, "next", "react", "react-dom", "opossum@9", ...own], {
    cwd: home,
    stdio: "inherit",
  });
  execFileSync("npm", [...words, "--prefix", join(home, "telemetry"), ...own], {
    cwd: home,
    stdio: "inherit",
  });
}

function build(isStandalone) {
  const config = JSON.stringify(isStandalone ? { output: "standalone" } : {});
  writeFileSync(
    join(home, "next.config.mjs"),
    `import { withTachymeter } from "tachymeter/next"; export default withTachymeter(${config});`,
  );
  runBuild();
  // The recipe of docs/group.md.
  if (isStandalone)
    cpSync(join(home, "telemetry/node_modules"), join(home, STANDALONE, "node_modules"), {
      recursive: true,
      force: false,
    });
}

function runBuild() {
  const next = join(home, "node_modules/next/dist/bin/next");
  execFileSync(process.execPath, [next, "build"], { cwd: home, env: environment({}), stdio: "inherit" });
}

// A request to the edge runtime fails with what to do.
async function edgeProblem() {
  const port = await freePort();
  const child = spawn(process.execPath, [join(home, "node_modules/next/dist/bin/next"), "start"], {
    cwd: home,
    env: environment({ PORT: `${port}`, HOSTNAME: "127.0.0.1", OTEL_EXPORTER_PROMETHEUS_PORT: "0" }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const output of [child.stdout, child.stderr]) output.on("data", (chunk) => (log += chunk));
  try {
    await responding(`http://127.0.0.1:${port}/api/edge`);
    return log.includes(REFUSAL) ? undefined : `log:\n${log}`;
  } finally {
    const exit = once(child, "exit");
    if (child.exitCode === null && child.kill()) await exit;
  }
}

// Returns the first difference from the expected figures.
async function problemOf([script, ...words], variables = {}) {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [resolve(home, script), ...words], {
    // The flag is resolved from here.
    cwd: script.startsWith(STANDALONE) ? join(home, STANDALONE) : home,
    env: environment({
      PORT: `${port}`,
      HOSTNAME: "127.0.0.1",
      ...variables,
      OTEL_SERVICE_NAME: "shop",
      OTEL_EXPORTER_PROMETHEUS_PORT: `${metricsPort}`,
      TACHYMETER_GROUP_DIRECTORY: join(home, `group-${port}`),
    }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const output of [child.stdout, child.stderr]) output.on("data", (chunk) => (log += chunk));
  try {
    await responding(`http://127.0.0.1:${metricsPort}/metrics`);
    // Not a request to the server, which would count.
    const deadline = performance.now() + START_MILLIS;
    while (!log.includes("Ready in") && performance.now() < deadline) await pause(50);
    await requests(`http://127.0.0.1:${port}/api/order`, ORDERS);
    await requests(`http://127.0.0.1:${port}/`, PAGES);
    for (const [path, status] of ROUTES) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      await response.text();
      if (response.status !== status) return `${path} responded with ${response.status}; log:\n${log}`;
    }
    // A member, if there is one, reports once a second.
    await pause(1_500);
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const expected = {
      orders_total: ORDERS,
      circuit_breaker_calls_total: ORDERS,
      http_server_requests_total: ORDERS + PAGES + ROUTES.length,
      http_server_request_duration_seconds_count: ORDERS + PAGES + ROUTES.length,
      target_info: 1,
    };
    for (const [name, value] of Object.entries(expected)) {
      const found = sumOf(text, name);
      if (found !== value) return `${name} is ${found}, not ${value}; log:\n${log}`;
    }
    const routes = routesIn(text);
    const missed = ROUTES.find(([, status, route]) => !routes.includes(`${status} ${route}`));
    if (missed !== undefined) return `${missed.join(" ")} is not among ${routes}; log:\n${log}`;
    const endpoints = log.match(/Prometheus endpoint/g)?.length;
    return endpoints === 1 && !/warning/.test(log) ? undefined : `log:\n${log}`;
  } catch (error) {
    return `${error.message}; log:\n${log}`;
  } finally {
    const exit = once(child, "exit");
    if (child.exitCode === null && child.kill()) await exit;
  }
}

function environment(variables) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|OTEL_|TACHYMETER_|NODE_OPTIONS)/.test(name),
  );
  return { ...Object.fromEntries(inherited), NEXT_TELEMETRY_DISABLED: "1", ...variables };
}

async function requests(url, count) {
  for (let i = 0; i < count; i++) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} responded with ${response.status}`);
    await response.text();
  }
}

async function responding(url) {
  const deadline = performance.now() + START_MILLIS;
  for (;;) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(100);
    }
  }
}

// The status and route of each series of durations.
function routesIn(text) {
  const lines = text
    .split("\n")
    .filter((line) => line.startsWith("http_server_request_duration_seconds_count{"));
  return lines.map((line) =>
    [/status_code="(\d+)"/, /http_route="([^"]*)"/].map((part) => `${part.exec(line)?.[1]}`).join(" "),
  );
}
