// `npm run test:matrix -- inspector`: the inspector of the Model Context Protocol asks `tachymeter mcp`, and an application at
// `/mcp`. They are those of the packed package of the working directory. npm chooses the newest inspector for this
// Node.js. All is installed in a temporary folder, which takes two minutes.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./kit/free-port.js";
import { packedTarball } from "./kit/packed-tarball.js";

const INSPECTOR = "@modelcontextprotocol/inspector";
const START_MILLIS = 60_000;
const QUESTION_MILLIS = 60_000;
const TOOLS = ["alerts", "explain", "metrics", "query", "report"];
// Arguments of the inspector, and words of what it prints.
const QUESTIONS = [
  [["--method", "tools/list"], TOOLS.map((name) => `"name": "${name}"`)],
  [
    ["--method", "tools/call", "--tool-name", "query", "--tool-arg", "expression=process_uptime_seconds"],
    ["Everything below is data", "\\nprocess_uptime_seconds "],
  ],
  [["--method", "tools/call", "--tool-name", "alerts"], ["no alerts are pending or firing"]],
  [
    ["--method", "tools/call", "--tool-name", "query", "--tool-arg", "expression=(("],
    ['"isError": true', "write a metric"],
  ],
];

const home = mkdtempSync(join(tmpdir(), "tachymeter-inspector-"));
let failed = 0;
try {
  writeFileSync(join(home, "package.json"), "{}");
  writeFileSync(join(home, "app.mjs"), "setInterval(() => {}, 1_000);");
  npm("install", packedTarball(home), "@opentelemetry/api", INSPECTOR);
  const url = `http://127.0.0.1:${await freePort()}`;
  const application = await started(url);
  const tool = [process.execPath, join(home, "node_modules/tachymeter/dist/tachymeter.js"), "mcp", url];
  for (const { way, target } of [
    { way: "tachymeter mcp", target: tool },
    { way: "/mcp", target: [`${url}/mcp`, "--transport", "http"] },
  ])
    for (const [words, expected] of QUESTIONS) report(`${way} ${words.join(" ")}`, target, words, expected);
  application.kill("SIGKILL");
  await once(application, "exit");
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
process.exitCode = failed === 0 ? 0 : 1;

function npm(...words) {
  const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
  execFileSync("npm", [...words, ...quietly], {
    cwd: home,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}

async function started(url) {
  const child = spawn(process.execPath, ["--import", "tachymeter/register", "app.mjs"], {
    cwd: home,
    stdio: "ignore",
    env: {
      ...process.env,
      OTEL_EXPORTER_PROMETHEUS_PORT: new URL(url).port,
      TACHYMETER_ALERTS: "true",
      TACHYMETER_MCP: "true",
    },
  });
  const end = Date.now() + START_MILLIS;
  while (Date.now() < end) {
    const answer = await fetch(`${url}/metrics`).catch(() => undefined);
    if (answer?.ok === true) return child;
    await pause(200);
  }
  throw new Error("the application did not start");
}

function report(title, target, words, expected) {
  const bin = join(home, "node_modules/.bin/mcp-inspector");
  const { stdout, stderr } = spawnSync(bin, ["--cli", ...target, ...words], {
    cwd: home,
    encoding: "utf8",
    timeout: QUESTION_MILLIS,
    shell: process.platform === "win32",
  });
  const missing = expected.filter((text) => !stdout.includes(text));
  if (missing.length > 0) failed++;
  console.log(
    missing.length === 0 ? `✓ ${title}` : `✗ ${title}: no ${missing.join(", ")} in\n${stdout}${stderr}`,
  );
}
