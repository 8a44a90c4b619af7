import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { NO_INTERVAL } from "../kit/no-interval.ts";
import { metricsOf, type OtlpReceiver, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, type RunningProcess, runNode } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";

beforeAll(packedProject);

// Counts up by one per collection, so that values show which collections arrived, and in which order.
const counting = `
  import { start } from "tachymeter";
  const telemetry = start({ readers: ["otlp"], host: false, runtime: false, instrumentations: {} });
  const orders = telemetry.meterProvider.getMeter("shop").createCounter("orders");
  await telemetry.ready;
  const collections = Number(process.argv[2]);
  for (let count = 0; count < collections; count++) {
    orders.add(1);
    await telemetry.forceFlush();
  }
  console.log("all done");
  setInterval(() => {}, 1000);`;

interface Scene {
  readonly directory: string;
  readonly url: string;
  readonly port: number;
}

async function scene(): Promise<Scene> {
  const port = await freePort();
  const directory = newFolder("flush");
  return { directory, port, url: `http://127.0.0.1:${port}` };
}

async function collecting({ directory, url }: Scene, collections: number): Promise<RunningProcess> {
  const child = runNode({
    cwd: await application({ "app.mjs": counting }),
    args: ["app.mjs", `${collections}`],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_TIMEOUT: "20",
      TACHYMETER_OUTBOX_DIRECTORY: directory,
      ...NO_INTERVAL,
    },
  });
  await child.waitForOutput(/all done/);
  return child;
}

/** Leaves `collections` collections behind in the outbox of a killed process. */
async function leftBehind(of: Scene, collections: number): Promise<void> {
  const child = await collecting(of, collections);
  child.kill("SIGKILL");
  await child.exit;
}

async function flushing(
  { directory, url }: Scene,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = ["flush", directory],
): Promise<RunningProcess> {
  const { folder, installed } = await packedProject();
  return runNode({
    cwd: folder,
    args: [join(installed, "dist", "tachymeter.js"), ...args],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env },
  });
}

function orders(receiver: OtlpReceiver): unknown[] {
  return receiver.requests
    .filter(({ isAccepted }) => isAccepted)
    .flatMap(({ body }) => metricsOf(body))
    .filter(({ name }) => name === "orders")
    .flatMap(({ points }) => points.map((point) => "value" in point && point.value));
}

test("data of killed processes is sent in order, and only once", async () => {
  const of = await scene();
  await leftBehind(of, 3);
  await leftBehind(of, 2);
  const receiver = await otlpReceiver(of.port);
  const { folder } = await packedProject();
  const first = runNode({
    cwd: folder,
    command: process.platform === "win32" ? "npx.cmd" : "npx",
    args: ["tachymeter", "flush", of.directory],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: of.url },
  });
  expect(await first.exit).toEqual({ code: 0, signal: null });
  expect(orders(receiver)).toEqual([1, 2, 3, 1, 2]);
  expect(first.stdout).toMatch(/^outbox ".*": \d+ data points delivered$/m);
  expect(first.stderr).toMatch(
    /otlp exporter "http:.*\/v1\/metrics": 5 records left, [\d.]+ KiB, oldest \d+ s old/,
  );
  const second = await flushing(of);
  expect(await second.exit).toEqual({ code: 0, signal: null });
  expect(second.stdout).toBe(`outbox "${of.directory}": nothing to send\n`);
  expect(second.stderr).toBe("");
  expect(orders(receiver)).toHaveLength(5);
});

test("data of a running process is skipped", async () => {
  const of = await scene();
  await leftBehind(of, 2);
  const owner = await collecting(of, 1);
  // A process that starts later takes over the data of exited ones, so all of it is owned now.
  const receiver = await otlpReceiver();
  const child = await flushing({ ...of, url: receiver.url });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(child.stdout).toBe(`outbox "${of.directory}": nothing to send, 1 running process skipped\n`);
  expect(orders(receiver)).toEqual([]);
  owner.kill("SIGKILL");
  await owner.exit;
  await (
    await flushing({ ...of, url: receiver.url })
  ).exit;
  expect(orders(receiver)).toEqual([1, 2, 1]);
});

test("a truncated record at the end is skipped and reported; all records before it arrive", async () => {
  const of = await scene();
  await leftBehind(of, 3);
  const segment = segmentsIn(of.directory).at(-1) ?? "";
  truncateSync(segment, statSync(segment).size - 5);
  const receiver = await otlpReceiver(of.port);
  const child = await flushing(of);
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(orders(receiver)).toEqual([1, 2]);
  expect(child.stderr).toContain("tachymeter: outbox");
  expect(child.stderr).toContain("1 records were torn or damaged on disk");
});

test("with an unreachable backend it exits with 1 and a reason, and all data stays", async () => {
  const of = await scene();
  await leftBehind(of, 2);
  const down = await flushing(of);
  expect(await down.exit).toEqual({ code: 1, signal: null });
  expect(down.stdout).toMatch(/0 data points delivered, \d+ data points left: .*ECONNREFUSED/);
  const receiver = await otlpReceiver(of.port);
  // Killed during a request, the command has no delivery acknowledged.
  receiver.answer = "hang";
  const killed = await flushing(of);
  await receiver.waitForRequest();
  killed.kill("SIGKILL");
  await killed.exit;
  receiver.answer = "ok";
  expect(await (await flushing(of)).exit).toEqual({ code: 0, signal: null });
  expect(orders(receiver)).toEqual([1, 2]);
});

test("data rejected by the backend is dropped and reported", async () => {
  const of = await scene();
  await leftBehind(of, 2);
  const receiver = await otlpReceiver(of.port);
  receiver.next.push(400);
  const child = await flushing(of);
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(orders(receiver)).toEqual([2]);
  expect(child.stdout).toMatch(/\d+ rejected by the backend and dropped/);
});

test("protocol http/json is supported", async () => {
  const of = await scene();
  await leftBehind(of, 2);
  const receiver = await otlpReceiver(of.port);
  const child = await flushing(of, { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(orders(receiver)).toEqual([1, 2]);
  expect(receiver.requests[0]?.headers["content-type"]).toBe("application/json");
});

test("it also works with the environment variables of a registered application", async () => {
  const of = await scene();
  await leftBehind(of, 2);
  const receiver = await otlpReceiver(of.port);
  const child = await flushing(of, {
    NODE_OPTIONS: "--import tachymeter/register",
    TACHYMETER_OUTBOX_DIRECTORY: of.directory,
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(orders(receiver)).toEqual([1, 2]);
  expect(child.stdout).toMatch(/data points delivered\n$/);
});

test("a missing directory is an error", async () => {
  const of = await scene();
  const child = await flushing(of, {}, ["flush", join(of.directory, "nowhere")]);
  expect(await child.exit).toEqual({ code: 1, signal: null });
  expect(child.stderr).toMatch(
    /^tachymeter: outbox ".*nowhere": directory not found; use the directory of option outbox/,
  );
});

test.each<[args: readonly string[], env: Readonly<Record<string, string>>, message: string]>([
  [["flush"], {}, "flush: missing outbox directory; use tachymeter flush <directory>"],
  [["flush", "a", "b"], {}, "flush: expected one directory, got 2; use tachymeter flush <directory>"],
  [["flush", "a", "--fast"], {}, "flush: unknown option --fast; see tachymeter flush --help"],
  [
    ["flush", "a"],
    { OTEL_EXPORTER_OTLP_PROTOCOL: "http" },
    'OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, http/json, grpc, got "http"',
  ],
])("%j exits with code 2 and an error message with a remedy", async (args, env, message) => {
  const child = await flushing(await scene(), env, args);
  expect(await child.exit).toEqual({ code: 2, signal: null });
  expect(child.stderr).toBe(`tachymeter: ${message}\n`);
  expect(child.stdout).toBe("");
});

function segmentsIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".segment"))
    .map((name) => join(directory, name))
    .toSorted();
}
