// The state of the facades of members, in real processes and threads, some of which are killed.
import { expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { application } from "../kit/packed-project.ts";
import { freePort, type RunningProcess, runNode } from "../kit/process.ts";
import { killAtEnd } from "./killed-at-end.ts";

const ALL = ["one", "parent", "shared", "thread", "thread-of-one", "two"];

test("facades have the state of all members; that of a killed one leaves, but its commands stay", async () => {
  const { parent, children, healthz } = await family();
  await expect.poll(() => components(healthz), { timeout: 20_000 }).toEqual(ALL);
  expect((await healthz()).components["shared"]).toMatchObject({ status: "degraded", critical: false });
  expect(await figuresOf(parent, "parent")).toEqual({
    components: ALL,
    status: "degraded",
    activeNodes: 6,
    messagesProcessed: 5,
    commandsExecuted: 5,
    failedCommands: 1,
  });
  process.kill(children[0]!, "SIGKILL");
  const left = ["parent", "shared", "thread", "two"];
  await expect.poll(() => components(healthz), { timeout: 20_000 }).toEqual(left);
  // The killed child itself was a command that has failed.
  await expect
    .poll(() => figuresOf(parent, "parent"), { timeout: 20_000 })
    .toEqual({
      components: left,
      status: "healthy",
      activeNodes: 4,
      messagesProcessed: 3,
      commandsExecuted: 6,
      failedCommands: 2,
    });
});

test("when the parent is killed, the child that takes over has the state of the members that live", async () => {
  const { parent, healthz } = await family();
  await expect.poll(() => components(healthz), { timeout: 20_000 }).toEqual(ALL);
  parent.kill("SIGKILL");
  const left = ["one", "shared", "thread-of-one", "two"];
  await expect.poll(() => components(healthz).catch(() => []), { timeout: 20_000 }).toEqual(left);
});

interface Health {
  readonly components: Readonly<Record<string, unknown>>;
}

function isHealth(given: unknown): given is Health {
  return typeof given === "object" && given !== null && "components" in given;
}

async function family(): Promise<{
  readonly parent: RunningProcess;
  readonly children: readonly number[];
  readonly healthz: () => Promise<Health>;
}> {
  const text = readFileSync(join(import.meta.dirname, "programs/facades.mjs"), "utf8");
  const cwd = await application({ "facades.mjs": text });
  const port = await freePort();
  const parent = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "facades.mjs"],
    env: {
      OTEL_SERVICE_NAME: `facades-${port}`,
      OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
      TACHYMETER_GROUP_DIRECTORY: join(cwd, "group"),
      TACHYMETER_KERNELS: "true",
    },
  });
  await parent.waitForOutput(/child \d+\nchild \d+\n/);
  const children = [...parent.stdout.matchAll(/child (\d+)/g)].map(([, pid]) => Number(pid));
  killAtEnd(children);
  return {
    parent,
    children,
    healthz: async () => {
      const health: unknown = await (await fetch(`http://127.0.0.1:${port}/healthz`)).json();
      if (!isHealth(health)) throw new Error("no health");
      return health;
    },
  };
}

async function components(healthz: () => Promise<Health>): Promise<readonly string[]> {
  return Object.keys((await healthz()).components).toSorted();
}

async function figuresOf(child: RunningProcess, name: string): Promise<unknown> {
  const before = child.stdout.length;
  child.kill("SIGUSR2");
  await expect.poll(() => child.stdout.slice(before), { timeout: 20_000 }).toContain("\n");
  return JSON.parse(new RegExp(`^${name} (.*)$`, "m").exec(child.stdout.slice(before))?.[1] ?? "null");
}
