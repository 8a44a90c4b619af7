// Profiles that are taken while an alert pends or fires, and what they say in the alert.
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

// Blocks, calculates and leaks until each alert has its annotation.
const PROGRAM = `
import { start } from "tachymeter";
const rule = (alert, expr) => ({ alert, expr });
const telemetry = start({
  readers: [{ type: "prometheus", port: 0 }],
  group: false,
  live: { resolution: 1 },
  alerts: {
    monitors: false,
    interval: 0.5,
    receivers: [() => {}],
    rules: [
      {
        name: "own",
        rules: [
          rule("Loop", "nodejs_eventloop_delay_max_seconds >= 0"),
          rule("Processor", "nodejs_eventloop_utilization_ratio >= 0"),
          rule("Heap", "v8js_memory_heap_used_bytes > 0"),
          rule("Other", "process_uptime_seconds > 0"),
        ],
      },
    ],
  },
});
await telemetry.ready;
const kept = [];
function leak() { for (let i = 0; i < 20_000; i++) kept.push({ i, text: "kept " + i }); }
// Calls itself, so that V8 cannot put all of it into its caller: a profile that begins later would name that one.
function calculate(n) { return n < 2 ? n : calculate(n - 1) + calculate(n - 2); }
function work() { const end = Date.now() + 40; while (Date.now() < end) calculate(18); }
function block() { const end = Date.now() + 300; while (Date.now() < end); }
const working = [setInterval(work, 60), setInterval(leak, 200)];
const blocking = setInterval(block, 2_000);
const began = Date.now();
const looking = setInterval(() => {
  const alerts = Object.fromEntries(telemetry.alerts.active().map(({ name, annotations }) => [name, annotations]));
  const isDone = alerts.Loop?.blocked_by && alerts.Processor?.busy_in && alerts.Heap?.allocated_by;
  if (!isDone && Date.now() - began < 40_000) return;
  for (const each of [...working, blocking, looking]) clearInterval(each);
  console.log(JSON.stringify(alerts));
  void telemetry.shutdown();
}, 250);
`;

test("alerts of event loop, processor time and memory name the functions, others do not", async () => {
  const cwd = await application({ "app.mjs": PROGRAM });
  const child = runNode({ cwd, args: ["app.mjs"] });
  const alerts: unknown = JSON.parse((await outputOf(child)).trim());
  expect(alerts).toMatchObject({
    Loop: { blocked_by: expect.stringMatching(/^block \(app\.mjs:31\) \d+\.\d+ s/) },
    Processor: { busy_in: expect.stringMatching(/calculate \(app\.mjs:29\) \d+ %/) },
    Heap: { allocated_by: expect.stringMatching(/^leak \(app\.mjs:27\) \d+\.\d MiB/) },
    Other: {},
  });
  expect(child.stderr).not.toMatch(/profiles|debugger/);
});

// Begins to sample its allocations once those of the alert are sampled. Blocks only afterwards.
const SAMPLING = `
import { Session } from "node:inspector/promises";
import { setTimeout as delay } from "node:timers/promises";
import { start } from "tachymeter";
const telemetry = start({
  readers: [{ type: "prometheus", port: 0 }],
  group: false,
  live: { resolution: 1 },
  alerts: {
    monitors: false,
    interval: 0.5,
    receivers: [() => {}],
    rules: [
      {
        name: "own",
        rules: [
          { alert: "Heap", expr: "v8js_memory_heap_used_bytes > 0" },
          { alert: "Loop", expr: "nodejs_eventloop_delay_max_seconds >= 0" },
        ],
      },
    ],
  },
});
const session = new Session();
session.connect();
const isSampled = () => session.post("HeapProfiler.getSamplingProfile").then(() => true, () => false);
while (!(await isSampled())) await delay(20);
await session.post("HeapProfiler.startSampling", { samplingInterval: 256 });
const kept = [];
function remember() { for (let i = 0; i < 20_000; i++) kept.push({ i, text: "kept " + i }); }
remember();
const { profile } = await session.post("HeapProfiler.stopSampling");
console.log(JSON.stringify(profile).includes("remember"), await isSampled());
session.disconnect();
function block() { const end = Date.now() + 300; while (Date.now() < end); }
const blocking = setInterval(block, 2_000);
const looking = setInterval(() => {
  const blocked = telemetry.alerts.active().find(({ name }) => name === "Loop")?.annotations.blocked_by;
  if (!blocked) return;
  clearInterval(blocking);
  clearInterval(looking);
  console.log(blocked);
  void telemetry.shutdown();
}, 250);
`;

test("an application that samples its allocations gets its own profile; the alert's ends, and the watch begins again", async () => {
  const child = runNode({ cwd: await application({ "app.mjs": SAMPLING }), args: ["app.mjs"] });
  await child.waitForOutput(/^block \(app\.mjs:35\) \d+\.\d+ s/m);
  expect((await outputOf(child)).split("\n")[0]).toBe("true false");
  expect(child.stderr).not.toContain("profiles");
});

// Each blocks by a function of its own, by its name in the first argument.
const MEMBER = `
import { start } from "tachymeter";
const [, , name] = process.argv;
const telemetry = start({
  serviceName: "shop",
  profiles: true,
  live: { resolution: 1 },
  alerts: {
    monitors: false,
    interval: 0.5,
    receivers: [() => {}],
    rules: [{ name: "own", rules: [{ alert: "Loop", expr: "nodejs_eventloop_delay_max_seconds >= 0" }] }],
  },
});
await telemetry.ready;
const blocks = {
  first() { const end = Date.now() + 150; while (Date.now() < end); },
  second() { const end = Date.now() + 300; while (Date.now() < end); },
};
setInterval(blocks[name], 2_000);
setInterval(() => {
  const [alert] = telemetry.alerts.active();
  console.log(alert?.annotations.blocked_by ?? "no blocks");
}, 500);
`;

test("in a group, the alert of the event loop names the functions of all members", async () => {
  const cwd = await application({ "app.mjs": MEMBER });
  const env = {
    OTEL_EXPORTER_PROMETHEUS_PORT: "0",
    TACHYMETER_GROUP: "profiled",
    TACHYMETER_GROUP_DIRECTORY: join(cwd, "group"),
  };
  const first = runNode({ cwd, args: ["app.mjs", "first"], env });
  await first.waitForOutput(/^first \(app\.mjs:/m);
  const second = runNode({ cwd, args: ["app.mjs", "second"], env });
  await first.waitForOutput(/second \(app\.mjs:\d+\) \d+\.\d+ s/);
  expect(second.stdout).not.toContain("first (");
  for (const each of [first, second]) each.kill("SIGKILL");
});
