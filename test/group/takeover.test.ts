// Processes that are killed: another one exports the figures of all.
import { expect, test } from "vitest";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "../kit/new-folder.ts";
import { application } from "../kit/packed-project.ts";
import { freePort, type RunningProcess, runNode, scrape } from "../kit/process.ts";
import { totalsOf } from "./running-program.ts";
import { killAtEnd } from "./killed-at-end.ts";

const program = readFileSync(join(import.meta.dirname, "programs/heirs.mjs"), "utf8");
test("when the parent is killed, a child exports all figures under the same id, and none falls", async () => {
  const { parent, children, get } = await family();
  await expectMembers(get, 3);
  const before = await get();
  const counts = totalsOf(before, NAMES);
  parent.kill("SIGKILL");
  const after = await answered(get);
  expect(instanceId(after)).toBe(instanceId(before));
  expectNoFall(counts, totalsOf(after, NAMES));
  expect(totalsOf(after, ["telemetry_group_takeovers_total"])).toEqual({
    telemetry_group_takeovers_total: 1,
  });
  await expectMembers(get, 2);
  const next = totalsOf(await get(), NAMES);
  process.kill(children[0]!, "SIGKILL");
  const last = totalsOf(await answered(get), NAMES);
  expectNoFall(next, last);
});

test("when a child is killed, its figures stay", async () => {
  const { children, get } = await family();
  await expectMembers(get, 3);
  let before = totalsOf(await get(), NAMES);
  process.kill(children[0]!, "SIGKILL");
  for (let i = 0; i < 10; i++) {
    const now = totalsOf(await get(), NAMES);
    expectNoFall(before, now);
    before = now;
  }
  await expectMembers(get, 2);
});

const NAMES = ["counted_total", "sizes_count", "sizes_sum"];

async function family(): Promise<{
  readonly parent: RunningProcess;
  readonly children: readonly number[];
  readonly get: () => Promise<string>;
}> {
  const cwd = await application({ "heirs.mjs": program });
  const port = await freePort();
  const parent = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "heirs.mjs"],
    env: { OTEL_SERVICE_NAME: `heirs-${port}`, OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` },
  });
  await parent.waitForOutput(/child \d+\nchild \d+/);
  const children = [...parent.stdout.matchAll(/child (\d+)/g)].map(([, pid]) => Number(pid));
  killAtEnd(children);
  await parent.waitForOutput(/Prometheus endpoint/);
  return { parent, children, get: () => scrape(`http://127.0.0.1:${port}/metrics`) };
}

async function expectMembers(get: () => Promise<string>, count: number): Promise<void> {
  await expect
    .poll(async () => totalsOf(await get(), ["telemetry_group_members"]), { timeout: 10_000 })
    .toEqual({
      telemetry_group_members: count,
    });
}

async function answered(get: () => Promise<string>): Promise<string> {
  let text = "";
  await expect
    .poll(async () => (text = await get().catch(() => "")), { timeout: 10_000 })
    .toMatch(/^counted_total/m);
  return text;
}

function expectNoFall(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): void {
  expect(Object.entries(before).filter(([name, value]) => !((after[name] ?? 0) >= value))).toEqual([]);
}

function instanceId(text: string): string | undefined {
  return /^target_info\{.*service_instance_id="([^"]+)"/m.exec(text)?.[1];
}

test("a named group whose processes have ended is continued by the next, which is ready when it exports", async () => {
  const cwd = await application({
    "app.mjs": `
      import { metrics } from "@opentelemetry/api";
      import { running } from "tachymeter";
      metrics.getMeter("shop").createCounter("orders").add(5);
      await running().ready;
      console.log(running().prometheusUrl, running().group.id);
      process.kill(process.pid, "SIGKILL");`,
  });
  const env = {
    TACHYMETER_GROUP: "continued",
    TACHYMETER_GROUP_DIRECTORY: join(cwd, "group"),
    OTEL_EXPORTER_PROMETHEUS_PORT: "0",
  };
  const outputs: string[] = [];
  for (let run = 0; run < 2; run++) {
    const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env });
    await child.exit;
    outputs.push(child.stdout);
  }
  const [first, second] = outputs.map((output) => /^(http\S+) (\S+)$/m.exec(output));
  expect([first?.[1], second?.[1]]).toEqual([expect.any(String), expect.any(String)]);
  expect(second?.[2]).toBe(first?.[2]);
});

test("a child exports once its parent has ended its telemetry without joining the group", async () => {
  const app = (then: string): string => `
    import { start } from "tachymeter";
    const telemetry = start({ serviceName: "shop", group: true, readers: [{ type: "prometheus", port: 0 }] });
    ${then}`;
  const cwd = await application({
    "parent.mjs": app(`
      const { fork } = await import("node:child_process");
      const children = [fork("child.mjs"), fork("child.mjs")];
      await telemetry.shutdown();
      await Promise.all(children.map((child) => new Promise((resolve) => child.once("exit", resolve))));`),
    "child.mjs": app(`
      const waiting = setInterval(() => {
        if (telemetry.prometheusUrl === undefined) return;
        console.log("child at " + telemetry.prometheusUrl + " in process " + process.pid);
        clearInterval(waiting);
        setInterval(() => {}, 1_000);
      }, 50);`),
  });
  const runtime = newFolder("runtime");
  const parent = runNode({
    cwd,
    args: ["parent.mjs"],
    env: { XDG_RUNTIME_DIR: runtime, TACHYMETER_GROUP_INTERVAL: "0.2" },
  });
  // One after the other.
  for (let children = 1; children <= 2; children++) {
    const child = new RegExp(`(?:child at[^]*){${children - 1}}child at (http\\S+) in process (\\d+)`);
    const [, url = "", pid] = await parent.waitForOutput(child);
    killAtEnd([Number(pid)]);
    expect(await scrape(url)).toContain("telemetry_group_takeovers_total");
    process.kill(Number(pid), "SIGKILL");
  }
  await parent.exit;
  expect(leftIn(runtime)).toEqual([]);
});

test("a parent that has ended its telemetry removes the folder of its group at its exit", async () => {
  const cwd = await application({
    "parent.mjs": `
      import { start } from "tachymeter";
      import { fork } from "node:child_process";
      import { once } from "node:events";
      const telemetry = start({ serviceName: "shop", group: true, readers: [{ type: "prometheus", port: 0 }] });
      if (process.send === undefined) {
        const child = fork("parent.mjs");
        await once(child, "message");
        while (telemetry.group.members().length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
        child.kill();
        await once(child, "exit");
        await telemetry.shutdown();
        process.exit();
      } else {
        // Without a state, the end of a process is not known at once.
        await telemetry.forceFlush();
        process.send("reported");
        setInterval(() => {}, 1_000);
      }`,
  });
  const runtime = newFolder("runtime");
  const env = { XDG_RUNTIME_DIR: runtime, TACHYMETER_GROUP_INTERVAL: "0.2" };
  await runNode({ cwd, args: ["parent.mjs"], env }).exit;
  expect(leftIn(runtime)).toEqual([]);
});

// Folders of groups.
function leftIn(runtime: string): readonly string[] {
  return readdirSync(join(runtime, `tachymeter-${process.getuid?.() ?? ""}`));
}
