// Events of the members of a group, in real processes and threads, some of which are killed.
import { expect, test } from "vitest";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { groupsIn } from "../../src/group/read-figures.ts";
import { memberIds } from "../../src/group/processes/member-folders.ts";
import { History } from "../../src/history/index.ts";
import { application } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";
import { killAtEnd } from "./killed-at-end.ts";

test("events of child processes reach the hooks and the one log of their parent, in order, also of killed ones", async () => {
  const { parent, children, logged } = await family();
  await expect.poll(() => [...logged("one"), ...logged("two")], { timeout: 20_000 }).toHaveLength(6);
  process.kill(children[0]!, "SIGHUP");
  process.kill(children[1]!, "SIGUSR2");
  await expect.poll(() => logged("two"), { timeout: 20_000 }).toEqual(numbers(43));
  await expect.poll(() => logged("one"), { timeout: 20_000 }).toEqual(numbers(504));
  await expect.poll(() => heard(parent, "one"), { timeout: 20_000 }).toEqual(numbers(504));
  await expect.poll(() => heard(parent, "two"), { timeout: 20_000 }).toEqual(numbers(43));
  expect(logged("parent")).toEqual(numbers(2));
});

test("when the parent is killed, a child keeps the events of all, and none is missing", async () => {
  const { parent, logged } = await family();
  await expect.poll(() => [...logged("one"), ...logged("two")], { timeout: 20_000 }).toHaveLength(6);
  parent.kill("SIGKILL");
  await expect
    .poll(() => [...unique(logged("one")), ...unique(logged("two"))], { timeout: 20_000 })
    .toHaveLength(10);
  expect(unique(logged("one"))).toEqual(numbers(5));
  expect(unique(logged("two"))).toEqual(numbers(5));
});

test("events of a killed child that cannot be read for a while are logged, and its folder is removed then", async () => {
  const { parent, children, logged, folder } = await family();
  await expect.poll(() => [...logged("one"), ...logged("two")], { timeout: 20_000 }).toHaveLength(6);
  const id = memberIds(folder).find((each) => {
    const journal = join(folder, each, "journal.0");
    return existsSync(journal) && readFileSync(journal, "utf8").includes('"source":"two"');
  })!;
  const files = ["journal.0", "head"].map((name) => join(folder, id, name));
  for (const file of files) {
    renameSync(file, `${file}.aside`);
    symlinkSync(file, file);
  }
  process.kill(children[1]!, "SIGUSR2");
  await parent.waitForOutput(/events of a member are not kept yet \(ELOOP/);
  // The parent notices the end of the child, and reports.
  await delay(1_000);
  for (const file of files) {
    rmSync(file);
    renameSync(`${file}.aside`, file);
  }
  await expect.poll(() => logged("two"), { timeout: 20_000 }).toEqual(numbers(43));
  await expect.poll(() => memberIds(folder), { timeout: 20_000 }).not.toContain(id);
});

test("events of threads reach the hooks and the log of the main thread, also of blocked ones and of child processes", async () => {
  const cwd = await application(
    { "app.mjs": readFileSync(join(import.meta.dirname, "programs/thread-events.mjs"), "utf8") },
    { libraries: true },
  );
  const { env, logged } = recorded(cwd);
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env });
  const sources = ["main", "ended", "blocked", "pool", "in-child"];
  const all = sources.map(() => numbers(100));
  await expect.poll(() => sources.map(logged), { timeout: 20_000 }).toEqual(all);
  await expect.poll(() => sources.map((source) => heard(child, source)), { timeout: 20_000 }).toEqual(all);
});

test("the last events of a child are logged if its parent exits with it", async () => {
  const cwd = await application({
    "app.mjs": `
      import { fork } from "node:child_process";
      import { once } from "node:events";
      import { setTimeout } from "node:timers/promises";
      import { fileURLToPath } from "node:url";
      import { running } from "tachymeter";
      if (process.argv[2] === "child") {
        await once(process, "message");
        for (let data = 0; data < 100; data++) running().events.record({ event_type: "step", source: "child", data });
        process.exit();
      }
      const child = fork(fileURLToPath(import.meta.url), ["child"]);
      child.once("exit", () => process.exit());
      while (running().group.members().length < 2) await setTimeout(50);
      child.send("end");
    `,
    "run/.keep": "",
  });
  const { env, logged } = recorded(cwd);
  const { TACHYMETER_GROUP_DIRECTORY: _, ...others } = env;
  chmodSync(join(cwd, "run"), 0o700);
  const parent = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { ...others, XDG_RUNTIME_DIR: join(cwd, "run"), TACHYMETER_GROUP_INTERVAL: "0.2" },
  });
  expect(await parent.exit).toEqual({ code: 0, signal: null });
  expect(logged("child")).toEqual(numbers(100));
  // Its private folder is removed.
  expect(
    readdirSync(join(cwd, "run"), { recursive: true }).filter((name) => String(name).includes("head")),
  ).toEqual([]);
});

test("the history of the aggregator has the events of all members, each once", async () => {
  const cwd = await application({
    "events.mjs": readFileSync(join(import.meta.dirname, "programs/events.mjs"), "utf8"),
  });
  const { env } = recorded(cwd);
  const store = join(cwd, "history.db");
  const parent = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "events.mjs"],
    env: { ...env, TACHYMETER_HISTORY: store },
  });
  const children = await childrenOf(parent);
  await parent.waitForOutput(/heard one 2\n/);
  await parent.waitForOutput(/heard two 2\n/);
  process.kill(children[0]!, "SIGHUP");
  await parent.waitForOutput(/heard one 503\n/);
  // First, so that it does not take the history over.
  process.kill(children[1]!, "SIGKILL");
  parent.kill();
  await parent.exit;
  const history = await History.open({ path: store });
  const found: string[] = [];
  for await (const { source, data } of history.events({ type: "step" }))
    found.push(`${source} ${String(data)}`);
  await history.close();
  const expected = [
    ...numbers(504).map((n) => `one ${n}`),
    ...numbers(3).map((n) => `two ${n}`),
    "parent 0",
    "parent 1",
  ];
  expect(found.toSorted()).toEqual(expected.toSorted());
});

interface Family {
  readonly parent: RunningProcess;
  readonly children: readonly number[];
  /** The group's folder. */
  readonly folder: string;
  /** Numbers of the events of a process in the log. */
  readonly logged: (source: string) => number[];
}

async function family(): Promise<Family> {
  const cwd = await application({
    "events.mjs": readFileSync(join(import.meta.dirname, "programs/events.mjs"), "utf8"),
  });
  const { env, logged } = recorded(cwd);
  const parent = runNode({ cwd, args: ["--import", "tachymeter/register", "events.mjs"], env });
  const children = await childrenOf(parent);
  return { parent, children, folder: groupsIn(join(cwd, "group"))[0]!, logged };
}

async function childrenOf(parent: RunningProcess): Promise<readonly number[]> {
  await parent.waitForOutput(/child two \d+\n/);
  const children = [...parent.stdout.matchAll(/child \w+ (\d+)/g)].map(([, pid]) => Number(pid));
  killAtEnd(children);
  return children;
}

/** The environment of a group with an event log, and the numbers of the events of a source in it. */
function recorded(cwd: string): { readonly env: Record<string, string>; readonly logged: Family["logged"] } {
  const log = join(cwd, "events.jsonl");
  const env = {
    OTEL_SERVICE_NAME: "events",
    TACHYMETER_GROUP_DIRECTORY: join(cwd, "group"),
    OTEL_METRICS_EXPORTER: "none",
    TACHYMETER_EVENT_LOG: log,
  };
  const logged = (source: string): number[] =>
    readFileSync(log, "utf8")
      .split("\n")
      // The last line may be being written.
      .slice(0, -1)
      .filter((line) => line.includes(`"source":"${source}"`))
      .map((line) => JSON.parse(line).data);
  return { env, logged };
}

function heard({ stdout }: RunningProcess, source: string): number[] {
  return [...stdout.matchAll(new RegExp(`heard ${source} (\\d+)$`, "gm"))].map(([, data]) => Number(data));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function unique(all: readonly number[]): number[] {
  return [...new Set(all)];
}
