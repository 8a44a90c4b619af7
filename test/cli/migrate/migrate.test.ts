import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { application, packedProject } from "../../kit/packed-project.ts";
import { outputOf, type RunningProcess, runNode } from "../../kit/process.ts";

const fixtures = join(import.meta.dirname, "fixtures");

beforeAll(packedProject);

async function copyOf(fixture: string): Promise<string> {
  const folder = await application({});
  // As text, since tools would read them as part of this project.
  for (const name of readdirSync(join(fixtures, fixture)))
    copyFileSync(join(fixtures, fixture, name), join(folder, name.replace(/\.txt$/, "")));
  return folder;
}

async function migrate(folder: string, ...options: readonly string[]): Promise<RunningProcess> {
  const { folder: project } = await packedProject();
  const command = join(project, "node_modules", ".bin", "tachymeter");
  const child = runNode({ cwd: folder, command, args: ["migrate", "prom-client", ".", ...options] });
  await child.exit;
  return child;
}

// Node.js 20 does not run TypeScript.
function compile(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ts"))) {
    const { code } = transformSync(readFileSync(join(folder, name), "utf8"), { loader: "ts", format: "cjs" });
    writeFileSync(join(folder, name.replace(/ts$/, "js")), code);
  }
}

/** Serves a fixture, sends it requests, and returns its samples, without those of other metrics. */
async function samplesOf(folder: string, program: string, paths: readonly string[], names: RegExp) {
  const server = runNode({ cwd: folder, args: [program], env: { OTEL_METRICS_EXPORTER: "none" } });
  await server.waitForOutput(/port \d+/);
  const port = /port (\d+)/.exec(server.stdout)?.[1];
  for (const path of paths) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  server.kill("SIGKILL");
  await server.exit;
  return text
    .split("\n")
    .filter((line) => names.test(line.replace(/^# (?:HELP|TYPE) /, "")))
    .map((line) =>
      line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(",").toSorted().join()}}`),
    )
    .toSorted();
}

test.each([
  ["esm", "server.mjs", ["/order?country=nz", "/order?country=fr", "/pause"], /^(?:orders|open|pause|cart)_/],
  [
    "commonjs",
    "server.js",
    ["/a", "/b", "/close"],
    /^(?:requests_total|open_sessions|request_duration_seconds_count)/,
  ],
  ["typescript", "server.js", ["/a", "/b"], /^(?:jobs_total|queue_size)/],
  ["re-exports", "server.mjs", ["/a", "/b"], /^(?:visits|carts)_total/],
])("after a migration, %s has the same figures", async (fixture, program, paths, names) => {
  const [before, after] = [await copyOf(fixture), await copyOf(fixture)];
  const child = await migrate(after, "--write");
  expect(child.stderr).toBe("");
  for (const folder of [before, after]) if (fixture === "typescript") compile(folder);
  const expected = await samplesOf(before, program, paths, names);
  expect(expected.length).toBeGreaterThan(4);
  expect(await samplesOf(after, program, paths, names)).toEqual(expected);
  const moved = readdirSync(after).filter((name) => !name.startsWith("telemetry"));
  for (const name of moved) expect(readFileSync(join(after, name), "utf8")).not.toContain('prom-client"');
});

test("without --write, a diff is shown and nothing is written", async () => {
  const folder = await copyOf("esm");
  const child = await migrate(folder);
  expect((await child.exit).code).toBe(0);
  expect(child.stdout).toContain("--- a/server.mjs\n+++ b/server.mjs\n@@ -1,23 +1,23 @@\n");
  expect(child.stdout).toContain(
    '-    all.orders.inc({ country: "au" }, 3);\n-    carts.inc();\n-    carts.inc(2);\n-    carts.dec();\n',
  );
  expect(child.stdout).toContain(
    '+    all.orders.increment(3, { country: "au" });\n+    carts.increment();\n',
  );
  expect(child.stdout).toMatch(/# 3 files; write them with --write\n$/);
  expect(readFileSync(join(folder, "server.mjs"), "utf8")).toBe(
    readFileSync(join(fixtures, "esm", "server.mjs.txt"), "utf8"),
  );
  expect(existsSync(join(folder, "telemetry.mjs"))).toBe(false);
});

test("comments are left for what cannot be moved, and a file that cannot be parsed is named", async () => {
  const folder = await copyOf("left");
  const packages = join(folder, "node_modules", "other");
  mkdirSync(packages, { recursive: true });
  writeFileSync(join(packages, "index.js"), 'require("prom-client");\n');
  const broken = 'import { Counter } from "prom-client";\n\nconst x = ;\n';
  writeFileSync(join(folder, "broken.mjs"), broken);
  const child = await migrate(folder, "--write");
  expect((await child.exit).code).toBe(1);
  expect(child.stdout).toMatch(/^# not parsed: broken\.mjs: .*\(3:10\)$/m);
  expect(child.stdout).toMatch(/# 2 files, 7 TODO comments\n$/);
  expect(readFileSync(join(folder, "broken.mjs"), "utf8")).toBe(broken);
  expect(readFileSync(join(packages, "index.js"), "utf8")).toBe('require("prom-client");\n');
  await expect(readFileSync(join(folder, "jobs.mjs"), "utf8")).toMatchFileSnapshot(
    join(import.meta.dirname, "left-jobs.txt"),
  );
});

test("calls of an imported registry that have no counterpart keep prom-client's API", async () => {
  const folder = await application({
    "main.mjs": `import { Counter, register } from "prom-client";
import { labelled } from "./labels.cjs";
register.setDefaultLabels({ app: "shop" });
labelled.clear();
const orders = new Counter({ name: "orders_total", help: "Orders" });
orders.inc();
console.log(await labelled.metrics());
process.exit();
`,
    "labels.cjs": `const { register } = require("prom-client");
module.exports = { labelled: register };
`,
  });
  const moved = await migrate(folder, "--write");
  expect((await moved.exit).code).toBe(1);
  expect(moved.stdout).toMatch(/# 3 files, 2 TODO comments\n$/);
  expect(readFileSync(join(folder, "main.mjs"), "utf8")).toContain(
    `// TODO tachymeter: setDefaultLabels of a registry has no counterpart here; see tachymeter/docs/from-prom-client.md
register.setDefaultLabels({ app: "shop" });
`,
  );
  const child = runNode({ cwd: folder, args: ["main.mjs"], env: { OTEL_METRICS_EXPORTER: "none" } });
  const { code } = await child.exit;
  expect([code, child.stderr]).toEqual([0, ""]);
  expect(child.stdout).toMatch(/^orders_total 1$/m);
});

test("what a file exports of prom-client comes from our API, with a comment", async () => {
  const folder = await application({
    "a.mjs": 'export { Counter, register as own } from "prom-client";\nexport * from "prom-client";\n',
    "b.mjs": 'import { own } from "./a.mjs";\nown.clear();\n',
  });
  const child = await migrate(folder, "--write");
  expect((await child.exit).code).toBe(1);
  expect(readFileSync(join(folder, "a.mjs"), "utf8"))
    .toBe(`// TODO tachymeter: metrics that are made with what is exported here stay with prom-client's API
export { registry as own } from "./telemetry.mjs";
export { Counter } from "tachymeter/prom-client";
// TODO tachymeter: what is exported here stays with prom-client's API; its registry has no other metrics
export * from "tachymeter/prom-client";
`);
});

test("without the parser, the message names the package", async () => {
  const { folder } = await packedProject();
  // A copy, since the project of the tests has the parser.
  const home = newFolder("migrate");
  cpSync(join(folder, "node_modules", "tachymeter", "dist"), join(home, "dist"), { recursive: true });
  copyFileSync(join(folder, "node_modules", "tachymeter", "package.json"), join(home, "package.json"));
  mkdirSync(join(home, "node_modules"));
  for (const name of readdirSync(join(folder, "node_modules")))
    if (name !== "@babel")
      symlinkSync(join(folder, "node_modules", name), join(home, "node_modules", name), "junction");
  const args = [join(home, "dist", "tachymeter.js"), "migrate", "prom-client", "."];
  const child = runNode({ cwd: home, args });
  expect((await child.exit).code).toBe(2);
  expect(child.stderr).toContain("migrate: the parser was not found; npm install --no-save @babel/parser");
});

test("a folder without prom-client is left as it is", async () => {
  const folder = mkdtempSync(join(await application({ "a.mjs": "export const a = 1;\n" }), "x-"));
  const child = await migrate(folder);
  expect([child.stdout, (await child.exit).code]).toEqual(["# 0 files\n", 0]);
});

test.each([
  [["migrate"], 'migrate: expected "prom-client <folder>", got ""'],
  [["migrate", "statsd", "."], 'migrate: expected "prom-client <folder>", got "statsd ."'],
  [["migrate", "prom-client", "nowhere"], 'migrate: folder "nowhere" was not found'],
])("invalid arguments %j are refused", async (args, message) => {
  const { folder } = await packedProject();
  const child = runNode({ cwd: folder, command: join(folder, "node_modules", ".bin", "tachymeter"), args });
  expect((await child.exit).code).toBe(2);
  expect(child.stderr).toContain(message);
});

const COUNTED = `import { Counter, Gauge, register } from "prom-client";
export const cache = new Gauge({ name: "cache_size", help: "Entries", labelNames: ["a"] });
export const total = new Counter({ name: "orders_total", help: "Orders" });
const failed = new Counter({ name: "failed_total", help: "Failures" });
const [open] = [new Map()];
const carts = new Gauge({ name: "carts", help: "Carts" });
class Sizes {
  sizes = new Gauge({ name: "sizes", help: "Sizes", labelNames: ["q"] });
  note(n) { this.sizes.set({ q: "a" }, n); }
}
class Sessions {
  constructor() { this.sizes = new Map(); }
  note(key, n) { this.sizes.set(key, n); return this.sizes; }
}
const queued = new Gauge({ name: "queued", help: "Queued", registers: [register], collect() { this.set(1); } });
const late = new Gauge({ name: "late", help: "Late", registers: [], collect() { this.set(2); } });
register.registerMetric(total);
register.registerMetric(late);
export function run() {
  const put = ([carts]) => carts.set("k", 1);
  const all = (...open) => open.length;
  try { throw { inc: (labels) => console.log("inc", labels) }; } catch (failed) { failed.inc({ a: 1 }, 2); }
  carts.set(3);
  failed.inc(2);
  total.inc();
  new Sizes().note(4);
  console.log(put([new Map()]), all(1, 2), new Sessions().note("k", 1));
}
export const text = () => register.metrics();
`;

test("names that may mean different things are not moved, and the program still runs", async () => {
  const files = {
    "metrics.mjs": COUNTED,
    "main.mjs": `import { cache, total } from "./metrics.mjs";
import { run, text } from "./metrics.mjs";
const put = (cache, key, value) => cache.set(key, value);
console.log(put(new Map(), "k", 1));
cache.set({ a: "x" }, 5);
total.inc(2);
run();
const names = /^(?:cache_size|orders_total|failed_total|carts|sizes|queued|late)\\b.*/gm;
console.log([...(await text()).match(names)].sort().join("\\n"));
process.exit();
`,
  };
  const [before, after] = [await application(files), await application(files)];
  const moved = await migrate(after, "--write");
  const env = { OTEL_METRICS_EXPORTER: "none" };
  const [expected, found] = await Promise.all(
    [before, after].map((cwd) => outputOf(runNode({ cwd, args: ["main.mjs"], env }))),
  );
  expect(expected).toMatch(/^queued 1$/m);
  expect(found).toBe(expected);
  expect(moved.stdout).toMatch(/# 3 files, 8 TODO comments\n$/);
  const text = readFileSync(join(after, "metrics.mjs"), "utf8");
  expect(text).toContain(`"cache" is declared more than once in main.mjs; move it by hand`);
  expect(text).toContain(`"this.sizes" is declared more than once; move it by hand`);
  expect(text).toContain(`collector.registerCounter("orders_total", "Orders")`);
});

const SHOW = `
const lines = async (from) => (await from.metrics()).split("\\n").filter((line) => /^(?:hits|size|jobs)/.test(line));
const show = async (from) => console.log((await lines(from)).sort().join("\\n"));
`;

test.each([
  [
    "its own collector and registry",
    "main.cjs",
    `"use strict";
console.log("begin"); const client = require("prom-client"); const os = require("node:os");
const registry = new client.Registry();
const hits = new client.Counter({ name: "hits_total", help: "Hits", registers: [registry] });
class Sizes {
  collector = "size";
  registry = registry;
  add(collector, count) {
    const size = new client.Gauge({ name: collector, help: "Size", registers: [registry] });
    size?.set(count);
  }
}
function made(name) {
  const { Counter } = require("prom-client");
  return new Counter({ name, help: name, registers: [registry] });
}
const jobs = made("jobs_total");
hits.inc(os.cpus().length > 0 ? 2 : 1); console.log("between"); registry.registerMetric(hits);
jobs.inc();
new Sizes().add("size", 3);
module.exports = { registry };
${SHOW}show(registry).then(() => process.exit());
`,
    // The result of a function, its call, and the call of registerMetric.
    3,
  ],
  [
    "metrics that may be missing",
    "main.mjs",
    `import { collectDefaultMetrics, Counter, Gauge, register as registry } from "prom-client";
let hits, size;
hits?.inc(); hits?.labels("a").inc();
class Jobs {
  #done;
  start() { this.#done ??= new Counter({ name: "jobs_total", help: "Jobs" }); }
  run() { this.#done?.inc(); this?.other?.inc(); (this.#done)?.inc(2); }
}
const collector = new Jobs();
for (const step of ["run", "start", "run"]) collector[step]();
if (process.argv.length > 5)
  collectDefaultMetrics();
else console.log("none");
if (process.argv.length < 5) hits = new Counter({ name: "hits_total", help: "Hits", labelNames: ["k"] });
size = process.argv.length < 5 ? new Gauge({ name: "size", help: "Size" }) : undefined;
if (hits) hits?.inc({ k: "a" });
hits?.inc({ k: "b" }, 3); hits?.labels("a")?.inc(2); hits.inc?.({ k: "b" }); hits["inc"]({ k: "a" });
size && size.set(3);
${SHOW}show(registry).then(() => process.exit());
`,
    // this.other, and the default metrics.
    2,
  ],
  [
    "default imports beside names",
    "main.mjs",
    `import client, { Gauge, register as registry } from "prom-client";
import * as all from "prom-client";
import other, { Counter, Summary as Own } from "prom-client";
const size = new Gauge({ name: "size", help: "Size" });
const hits = new Counter({ name: "hits_total", help: "Hits" });
size.set(3); hits.inc(); new all.Gauge({ name: "jobs", help: "Jobs" }).set(1);
for (const [i, Summary] of [client.Summary, other.Summary, Own].entries())
  new Summary({ name: "jobs_" + i, help: "Jobs", percentiles: [] }).observe(2);
${SHOW}show(registry).then(() => process.exit());
`,
    // The gauge that has no name, and the module that stays.
    2,
  ],
])("a program with %s prints the same after a migration", async (_, name, program, notes) => {
  const [before, after] = [await application({ [name]: program }), await application({ [name]: program })];
  const moved = await migrate(after, "--write");
  expect(moved.stdout).toMatch(new RegExp(`# 2 files, ${notes} TODO comments\\n$`));
  const env = { OTEL_METRICS_EXPORTER: "none" };
  const [expected, found] = await Promise.all(
    [before, after].map((cwd) => outputOf(runNode({ cwd, args: [name], env }))),
  );
  expect(expected).toMatch(/^size 3$/m);
  expect(found).toBe(expected);
});

test("a metric that is used otherwise than by a call of its name has a comment", async () => {
  const folder = await application({
    "metrics.mjs": `import { Counter, Gauge, Registry } from "prom-client";
export const registry = new Registry();
export const hits = new Counter({ name: "hits_total", help: "Hits", registers: [registry] });
export const size = new Gauge({ name: "size", help: "Size" });
`,
    "all.mjs": `export * from "./metrics.mjs";
`,
    "main.mjs": `import { Counter, register } from "prom-client";
import { hits, size } from "./metrics.mjs";
import { hits as same } from "./all.mjs";
const { inc } = hits;
const set = size.set.bind(size);
const list = { size, get: () => hits };
list.size.set({}, 3);
list.get().inc();
same.inc();
const made = new Map([["a", new Counter({ name: "a_total", help: "A" })]]);
let late = { inc() {} };
late = new Counter({ name: "late_total", help: "Late" });
class Own extends Counter {}
const { Gauge } = await import("prom-client");
console.log(\`
\${hits.get()}\`);
if (hits && size !== undefined) console.log("both");
statsd.inc("orders");
new PerformanceObserver(() => {}).observe({ entryTypes: ["gc"] });
`,
  });
  const child = await migrate(folder, "--write");
  expect((await child.exit).code).toBe(1);
  await expect(readFileSync(join(folder, "main.mjs"), "utf8")).toMatchFileSnapshot(
    join(import.meta.dirname, "uses-main.txt"),
  );
  expect(readFileSync(join(folder, "metrics.mjs"), "utf8")).toMatch(
    /^import { collector, registry as (\w+) } from .*\nexport const registry = \1;$/m,
  );
});
