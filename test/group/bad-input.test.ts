// Processes of a group that are stopped, restricted, ahead of or behind the clock, or that start and die all the time.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { NETWORK, PERMISSION } from "../kit/permission.ts";
import { complaintsOf, runNode } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";
import { type Driven, DrivenGroup, expectTotals } from "./driven.ts";
import { neededProgram } from "../servers/needs.ts";

// Each process that runs is one more listener.
process.setMaxListeners(0);

beforeAll(packedProject);

const isWindows = process.platform === "win32";
const PERMITTED = [PERMISSION, ...NETWORK, "--no-warnings"];

async function groupOf(
  options: Parameters<DrivenGroup["join"]>[0],
): Promise<{ readonly group: DrivenGroup; readonly aggregator: Driven; readonly member: Driven }> {
  const group = await DrivenGroup.create();
  const aggregator = await group.join();
  const member = await group.join(options);
  return { group, aggregator, member };
}

describe.skipIf(isWindows)("a stopped process", () => {
  test.each(["loop", "thread"])(
    "a member that is stopped delays no scrape for long, and is exact afterwards (reporter %s)",
    async (reporter) => {
      const { group, aggregator, member } = await groupOf({ env: { TACHYMETER_GROUP_REPORTER: reporter } });
      await member.tell("add 10");
      await expectTotals(group, { counted_total: 10 });
      member.process.kill("SIGSTOP");
      member.start("add 5");
      await aggregator.tell("add 3");
      // Two scrapes, as the first one may find a state that was written meanwhile.
      await group.scrape();
      expect(await group.totals("counted_total")).toEqual({ counted_total: 13 });
      expect(await group.totals("telemetry_group_members")).toEqual({ telemetry_group_members: 2 });
      member.process.kill("SIGCONT");
      await expectTotals(group, { counted_total: 18 });
      member.process.kill("SIGSTOP");
      member.process.kill("SIGKILL");
      await expectTotals(group, { counted_total: 18, telemetry_group_members: 1 });
    },
  );

  test("an aggregator that is stopped keeps its role, and is exact afterwards", async () => {
    const { group, aggregator, member } = await groupOf({});
    await member.tell("add 10");
    await expectTotals(group, { counted_total: 10 });
    aggregator.process.kill("SIGSTOP");
    await member.tell("add 5");
    await member.tell("wait 600");
    await member.tell("role");
    expect(member.process.stdout).toMatch(/^role member$/m);
    const late = group.totals("counted_total");
    aggregator.process.kill("SIGCONT");
    expect(await late).toEqual({ counted_total: 15 });
    await expectTotals(group, { counted_total: 15, telemetry_group_takeovers_total: 0 });
  });
});

describe("a clock that is set back", () => {
  test.skipIf(isWindows)(
    "harms no total and makes no age negative, in a member or in the aggregator",
    async () => {
      const clock = { flags: ["--import", "./set-clock.mjs"] };
      for (const isOfMember of [true, false]) {
        const group = await DrivenGroup.create();
        const wrong = { ...clock, env: { SET_BACK: "300000" } };
        const aggregator = await group.join(isOfMember ? {} : wrong);
        const member = await group.join(isOfMember ? wrong : {});
        let expected = 0;
        for (let round = 0; round < 2; round++) {
          await aggregator.tell("add 2");
          await member.tell("thread 20");
          await member.tell("add 10");
          expected += 32;
          await expectTotals(group, { counted_total: expected });
          const ages = await group.totals("telemetry_group_report_age_seconds");
          expect(ages["telemetry_group_report_age_seconds"]).toBeGreaterThanOrEqual(0);
          (isOfMember ? member : aggregator).process.kill("SIGUSR2");
        }
        member.start("exit 1");
        await member.process.exit;
        await expectTotals(group, { counted_total: expected + 1 });
        for (const child of [aggregator, member])
          expect(complaintsOf(child.process)).not.toMatch(/ERROR|damaged/);
      }
    },
  );
});

describe("the permission model", () => {
  test("a process with permission for the folder joins, without permission for children", async () => {
    const { group, member } = await groupOf({});
    await member.tell("add 1");
    const flags = [
      ...PERMITTED,
      "--allow-fs-read=*",
      `--allow-fs-write=${dirname(dirname(dirname(group.folder)))}`,
    ];
    const restricted = await group.join({ flags, env: { TACHYMETER_GROUP_REPORTER: "thread" } });
    await restricted.tell("add 10");
    await expectTotals(group, { counted_total: 11 });
    expect(restricted.process.stderr.match(/reporter "thread" cannot start .*--allow-worker/g)).toHaveLength(
      1,
    );
    const permitted = await group.join({
      flags: [...flags, "--allow-worker"],
      env: { TACHYMETER_GROUP_REPORTER: "thread" },
    });
    await permitted.tell("add 100");
    await expectTotals(group, { counted_total: 111 });
    expect(permitted.process.stderr).not.toMatch(/reports in its event loop/);
  });

  test("a process without permission for the folder is alone, and says so once", async () => {
    const { group, aggregator, member } = await groupOf({});
    await aggregator.tell("add 1");
    const alone = await group.join({
      flags: [...PERMITTED, "--allow-fs-read=*"],
      env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
    });
    await alone.tell("add 10");
    await alone.tell("role");
    expect(alone.process.stdout).toMatch(/^role alone$/m);
    expect(alone.process.stderr.match(/does not share its metrics/g)).toHaveLength(1);
    await member.tell("add 2");
    await expectTotals(group, { counted_total: 3 });
  });
});

test.skipIf(isWindows)(
  "a process whose files may not grow keeps its last state, and harms no other",
  async () => {
    const group = await DrivenGroup.create();
    const aggregator = await group.join();
    const member = await group.join({ shell: "ulimit -f 512" });
    await member.tell("add 10");
    await expectTotals(group, { counted_total: 10 });
    await member.tell("series 1900");
    await aggregator.tell("add 5");
    await expect.poll(() => member.process.stderr, { timeout: 10_000 }).toMatch(/cannot be written/);
    expect(await group.totals("counted_total")).toEqual({ counted_total: 15 });
    expect(member.process.stderr.match(/cannot be written/g)).toHaveLength(1);
    expect(await group.totals("telemetry_group_members")).toEqual({ telemetry_group_members: 2 });
  },
);

test("a folder of another version of the format is left alone", async () => {
  const group = await DrivenGroup.create();
  const foreign = join(dirname(group.folder), "v2", "0123456789abcdef");
  mkdirSync(foreign, { recursive: true, mode: 0o700 });
  writeFileSync(join(foreign, "head"), "another version");
  const aggregator = await group.join();
  const member = await group.join();
  await aggregator.tell("add 1");
  await member.tell("add 2");
  await expectTotals(group, { counted_total: 3, telemetry_group_members: 2 });
  expect(readFileSync(join(foreign, "head"), "utf8")).toBe("another version");
});

test.skipIf(isWindows)(
  "a parent that exits early, after its children, leaves nothing behind; one that exits before them leaves them all",
  async () => {
    const cwd = await application({
      "parent.mjs": `
        import { fork } from "node:child_process";
        const child = fork(new URL("child.mjs", import.meta.url).pathname, { detached: true });
        child.on(process.argv[2], () => process.exit());`,
      "child.mjs": `
        import { metrics } from "@opentelemetry/api";
        import { running } from "tachymeter";
        metrics.getMeter("child").createCounter("counted").add(1);
        await running().forceFlush();
        process.send("counted");
        if (process.env.LIVES) {
          process.disconnect();
          console.log("alone " + process.pid);
          setTimeout(() => {}, 60_000);
        }`,
    });
    for (const [event, left] of [
      ["exit", 0],
      ["message", 1],
    ] as const) {
      const runtime = newFolder("runtime");
      const parent = runNode({
        cwd,
        args: ["--import", "tachymeter/register", "parent.mjs", event],
        env: { XDG_RUNTIME_DIR: runtime, OTEL_METRICS_EXPORTER: "none", ...(left === 1 && { LIVES: "1" }) },
      });
      if (left === 1) {
        const [, pid] = await parent.waitForOutput(/alone (\d+)/);
        onTestFinished(() => void process.kill(Number(pid), "SIGKILL"));
      }
      // The child has its output, so that `exit` would wait for it.
      await vi.waitUntil(() => !isAlive(parent.pid), { timeout: 10_000 });
      expect(readdirSync(join(runtime, `tachymeter-${process.getuid?.()}`))).toHaveLength(left);
    }
  },
);

// The long form takes ten minutes, with as many processes as the machine can start.
const lives = (life: number, began: number): boolean =>
  isLong ? performance.now() - began < 600_000 : life < 6;

test.skipIf(isWindows)(
  "processes that start and die all the time leave their totals and nothing else",
  async () => {
    const group = await DrivenGroup.create();
    const aggregator = await group.join();
    const began = performance.now();
    let expected = 0;
    let series = 0;
    let memory = 0;
    for (let life = 0; lives(life, began); life++) {
      const reporter = life % 4 === 3 ? "thread" : "loop";
      const child = await group.join({ env: { TACHYMETER_GROUP_REPORTER: reporter } });
      expected += 7;
      if (life % 2 === 0) child.start("exit 7");
      else {
        await child.tell("add 7");
        await expectTotals(group, { counted_total: expected });
        child.process.kill("SIGKILL");
      }
      await child.process.exit;
      if (life !== 3 && life % 100 !== 99) continue;
      await expectTotals(group, { counted_total: expected, telemetry_group_members: 1 });
      series ||= seriesIn(await group.scrape());
      memory ||= memoryOf(aggregator);
    }
    await expectTotals(group, { counted_total: expected, telemetry_group_members: 1 });
    // A few series appear late, such as those of the garbage collector.
    expect(seriesIn(await group.scrape())).toBeLessThanOrEqual(series + 20);
    expect(readdirSync(group.folder).filter((name) => /^[0-9a-f]{16}$/.test(name))).toHaveLength(1);
    expect(memoryOf(aggregator)).toBeLessThan(memory + 40);
    if (isLong) console.log(`${expected / 7} processes; ${memory} MiB, then ${memoryOf(aggregator)} MiB`);
  },
  isLong ? 1_200_000 : undefined,
);

const MANY = isLong ? 200 : 4;
// 200 processes that report five times a second need several processors.
const FEW_REPORTS = {
  env: { TACHYMETER_GROUP_INTERVAL: isLong ? "10" : "0.2", TACHYMETER_RUNTIME: "false" },
};

test(
  "many processes are one group",
  async () => {
    const group = await DrivenGroup.create();
    await group.join();
    const members: Driven[] = [];
    while (members.length < MANY) {
      const batch = Array.from({ length: Math.min(10, MANY - members.length) }, () =>
        group.join(FEW_REPORTS),
      );
      members.push(...(await Promise.all(batch)));
    }
    await Promise.all(members.map((member) => member.tell("add 10")));
    await expectTotals(group, { counted_total: 10 * MANY, telemetry_group_members: MANY + 1 });
    const began = performance.now();
    await group.scrape();
    if (isLong) console.log(`a scrape of ${MANY} members: ${Math.round(performance.now() - began)} ms`);
    for (const member of members) member.process.kill("SIGKILL");
    await expectTotals(group, { counted_total: 10 * MANY, telemetry_group_members: 1 });
  },
  isLong ? 1_200_000 : undefined,
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function seriesIn(text: string): number {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}

/** MiB of resident memory. */
function memoryOf({ process: { pid } }: Driven): number {
  return (
    Number(execFileSync(neededProgram("ps"), ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1_024
  );
}
