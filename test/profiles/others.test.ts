// Processes in which the profiler is used by others, or is not available: no profiles are taken, with one log line.
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { NETWORK, PERMISSION } from "../kit/permission.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { TURN_KEY } from "../../src/profiles/messages.ts";

beforeAll(packedProject);

const BLOCK = `
import inspector from "node:inspector";
import { setTimeout as delay } from "node:timers/promises";
import { start } from "tachymeter";
const telemetry = start({ profiles: true, readers: [], group: false });
function block(millis = 250) { const end = Date.now() + millis; while (Date.now() < end); }
const blocks = [];
telemetry.events.on("eventloop.blocked", ({ data }) => blocks.push(data.functions[0].function));
const seen = async (count) => { for (let i = 0; i < 200 && blocks.length < count; i++) await delay(25); };
`;
const WATCHED = `
while (globalThis[Symbol.for("${TURN_KEY}")] === undefined) await delay(10);
`;
// On a busy machine, V8's sampler gets no processor time for as long as 200 ms.
const LONG = 1_000;
// The line of the log comes from a thread, which may begin late.
const UNWATCHED = `
await delay(2_000);
block();
await delay(300);
`;
const END = `
console.log(JSON.stringify(blocks));
await telemetry.shutdown();
`;

async function run(code: string, flags: readonly string[] = []) {
  const cwd = await application({ "app.mjs": BLOCK + code + END });
  const child = runNode({ cwd, args: [...flags, "app.mjs"] });
  const output = await outputOf(child);
  const logged = child.stderr.split("\n").filter((line) => line.includes("profiles:"));
  return { output: output.trim().split("\n"), logged };
}

const OFF = (reason: string): unknown => [
  expect.stringContaining(`profiles: no profiles are taken, since ${reason}`),
];

test.each([
  [["--inspect=0"], "the process runs with --inspect"],
  [["--cpu-prof"], "the process runs with --cpu-prof"],
])("nothing is watched with %s", async (flags, reason) => {
  const { output, logged } = await run(UNWATCHED, flags);
  expect({ output, logged }).toEqual({ output: ["[]"], logged: OFF(reason) });
});

test("nothing is watched under Node's permission model", async () => {
  const flags = [PERMISSION, ...NETWORK, "--allow-fs-read=*", "--allow-worker"];
  const { output, logged } = await run(UNWATCHED, flags);
  expect({ output, logged }).toEqual({
    output: ["[]"],
    logged: OFF("the permission model forbids the inspector"),
  });
});

test("a session of the application has its own profile, with its own interval, and ends the watch", async () => {
  const { output, logged } = await run(`${WATCHED}
block(${LONG});
await seen(1);
const session = new inspector.Session();
session.connect();
const post = (method, params) =>
  new Promise((resolve, reject) => session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))));
await post("Profiler.enable");
await post("Profiler.setSamplingInterval", { interval: 1_000 });
await post("Profiler.start");
// On a busy machine, one has fewer samples.
for (let i = 0; i < 4; i++) block();
await delay(100);
const { profile } = await post("Profiler.stop");
console.log(profile.samples.length > 100, profile.nodes.some(({ callFrame }) => callFrame.url.endsWith("app.mjs")));
session.disconnect();
block();
await delay(300);
`);
  expect({ output, logged }).toEqual({
    output: ["true true", '["block"]'],
    logged: OFF("the application uses V8's profiler itself"),
  });
});

test("a debugger that may attach later ends the watch", async () => {
  const { output, logged } = await run(`
inspector.open(0);
${UNWATCHED}
inspector.close();
`);
  expect({ output, logged }).toEqual({ output: ["[]"], logged: OFF("a debugger may attach to the process") });
});

test("the application's own console.profile() has no effect on the watch", async () => {
  const { output, logged } = await run(`${WATCHED}
inspector.console.profile("tachymeter");
block(${LONG});
inspector.console.profileEnd("tachymeter");
await seen(1);
`);
  expect({ output, logged }).toEqual({ output: ['["block"]'], logged: [] });
});

test("after a signal to itself that does not end the process, the watch begins again", async () => {
  const { output, logged } = await run(`${WATCHED}
process.kill(process.pid, "SIGWINCH");
${WATCHED}
block(${LONG});
await seen(1);
`);
  expect({ output, logged }).toEqual({ output: ['["block"]'], logged: [] });
});

test("hostile names of functions reach the event as they are, and no log", async () => {
  const { output, logged } = await run(String.raw`${WATCHED}
const many = { "\u001b[2J<script>"() { const end = Date.now() + ${LONG}; while (Date.now() < end); } };
many["\u001b[2J<script>"]();
await seen(1);
`);
  expect({ output, logged }).toEqual({ output: [JSON.stringify(["\u001B[2J<script>"])], logged: [] });
});

test("a loop that does not end is named in the log, while it runs", async () => {
  const cwd = await application({
    "app.mjs": `${BLOCK}${WATCHED}function forever() { while (telemetry !== undefined); }\nforever();`,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  const [, name] = await child.waitForOutput(/blocked for 5 s, by (\S+ \(app\.mjs:\d+\)) \d+ %/);
  expect(name).toBe("forever (app.mjs:12)");
  child.kill("SIGKILL");
});
