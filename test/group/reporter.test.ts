// Processes whose state is written by a thread: also while their event loop is blocked.
import { cpSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { type Driven, DrivenGroup, expectTotals } from "./driven.ts";

beforeAll(packedProject);

const BY_THREAD = { env: { TACHYMETER_GROUP_REPORTER: "thread" } };
// Far more than an interval of 0.2 s, for busy machines, and far less than a process is blocked.
const LATE_MILLIS = 2_000;
const BLOCKED_MILLIS = 5_000;
const IN_LOOP = /reports in its event loop/;

describe("a process that reports by a thread", () => {
  test("has current figures while it is blocked, those of its threads too, and exact ones afterwards", async () => {
    const { group, member } = await pair();
    await member.tell("thread 250");
    await expectTotals(group, { counted_total: 250 });
    member.start(`block ${BLOCKED_MILLIS}`);
    await member.process.waitForOutput(/^blocking$/m);
    const began = Date.now();
    const threadBegan = await group.totals("busy_thread_milliseconds_total");
    const ages: number[] = [];
    while (Date.now() - began < BLOCKED_MILLIS - 1_000) {
      await delay(100);
      const passed = Date.now() - began;
      const seen = await group.totals("busy_milliseconds_total", "busy_thread_milliseconds_total");
      ages.push(passed - seen["busy_milliseconds_total"]!);
      const ofThread =
        seen["busy_thread_milliseconds_total"]! - threadBegan["busy_thread_milliseconds_total"]!;
      ages.push(passed - ofThread);
    }
    expect(ages.filter((age) => age > LATE_MILLIS)).toEqual([]);
    await member.process.waitForOutput(new RegExp(`^block ${BLOCKED_MILLIS} done$`, "m"));
    await expectTotals(group, { busy_milliseconds_total: BLOCKED_MILLIS, counted_total: 250 });
    expect(member.process.stderr).not.toMatch(IN_LOOP);
  });

  test("loses at most the last interval if it is killed while it is blocked", async () => {
    const { group, member } = await pair();
    member.start("block 60000");
    await member.process.waitForOutput(/^blocking$/m);
    const began = Date.now();
    await delay(3_000);
    member.process.kill("SIGKILL");
    const blocked = Date.now() - began;
    await member.process.exit;
    await expect
      .poll(() => group.totals("telemetry_group_members"), { timeout: 5_000 })
      .toEqual({ telemetry_group_members: 1 });
    const { busy_milliseconds_total: kept } = await group.totals("busy_milliseconds_total");
    expect(blocked - kept!).toBeLessThan(LATE_MILLIS);
  });

  test("has exact totals after process.exit(), with those of its threads, and at once after a start", async () => {
    const { group, member } = await pair();
    await member.tell("thread 1000");
    member.start("exit 500");
    await member.process.exit;
    await expectTotals(group, { counted_total: 1_500, sizes_count: 1_500, open: 0 });
    // The thread has not started when this process ends.
    const next = await group.join(BY_THREAD);
    next.start("exit 300");
    await next.process.exit;
    await expectTotals(group, { counted_total: 1_800, sizes_count: 1_800, observed_total: 7 * 3 });
  });

  test("reports the same as in its event loop", async () => {
    const texts: string[][] = [];
    for (const options of [BY_THREAD, {}]) {
      const { group, member } = await pair(options);
      await member.tell("thread 1234");
      await member.tell("add 17");
      await member.tell("add 5");
      await expectTotals(group, { counted_total: 1_256 });
      const text = await group.scrape();
      const lines = text
        .split("\n")
        .filter((line) => /^(?:counted|sizes|open|level|observed|seen)/.test(line));
      // Their order is that in which reports have had the series first.
      texts.push(lines.toSorted());
    }
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]!.length).toBeGreaterThan(20);
  });

  test("reports in its event loop if the thread ends, and loses nothing", async () => {
    const { group, member } = await pair({
      ...BY_THREAD,
      flags: ["--import", "./notice-threads.mjs"],
    });
    await member.tell("add 10");
    await expectTotals(group, { counted_total: 10 });
    await member.tell("terminate");
    await member.process.waitForOutput(/the thread that reports for this process has ended/);
    await member.tell("thread 100");
    await member.tell("add 20");
    await expectTotals(group, { counted_total: 130, sizes_count: 130, open: 30 });
    member.start("exit 5");
    await member.process.exit;
    await expectTotals(group, { counted_total: 135 });
    expect(member.process.stderr.match(new RegExp(IN_LOOP, "g"))).toHaveLength(1);
  });

  test("loses nothing if it exits in the turn in which the thread ends amid a writing", async () => {
    const { group, member } = await pair({ ...BY_THREAD, flags: ["--import", "./notice-threads.mjs"] });
    await member.tell("series 1900");
    await member.tell("add 10");
    await expectTotals(group, { counted_total: 10 });
    const began = Date.now();
    member.start("exitAmidWriting 7");
    expect(await member.process.exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - began).toBeLessThan(10_000);
    await expectTotals(group, { counted_total: 17, sizes_count: 1_917, open: 0 });
  });

  test("reports in its event loop if the thread's file is missing, as in a bundle", async () => {
    const group = await DrivenGroup.create();
    const { installed } = await packedProject();
    const copy = join(group.cwd, "node_modules", "tachymeter");
    mkdirSync(copy, { recursive: true });
    cpSync(installed, copy, { recursive: true });
    rmSync(join(copy, "dist", "tachymeter-group-reporter.js"));
    await group.join();
    const member = await group.join(BY_THREAD);
    await member.tell("add 10");
    await expectTotals(group, { counted_total: 10 });
    expect(member.process.stderr).toMatch(/the file of reporter "thread" was not found; mark tachymeter as/);
  });

  test("exports if the aggregator dies, and then reports in its event loop", async () => {
    const { group, aggregator, member } = await pair();
    await member.tell("thread 100");
    await member.tell("add 10");
    await aggregator.tell("add 5");
    const names = ["counted_total", "sizes_count", "sizes_sum"];
    await expectTotals(group, { counted_total: 115 });
    const before = await group.totals(...names);
    aggregator.process.kill("SIGKILL");
    await expect
      .poll(() => group.totals(...names).catch(() => undefined), { timeout: 10_000 })
      .toEqual(before);
    await member.tell("role");
    expect(member.process.stdout).toMatch(/^role aggregator$/m);
    await member.tell("thread 50");
    await member.tell("add 1");
    await expectTotals(group, { counted_total: 166 });
    expect(member.process.stderr).not.toMatch(/ended|WARN/);
  });

  test("makes its folder again if that is removed, as a process that reports in its event loop does", async () => {
    for (const options of [BY_THREAD, {}]) {
      const { group, member } = await pair(options);
      for (const total of [10, 20, 30]) {
        await member.tell("add 10");
        await expectTotals(group, { counted_total: total });
        // At once: a member makes files in it meanwhile.
        const removed = `${group.folder}-removed`;
        renameSync(group.folder, removed);
        rmSync(removed, { recursive: true });
      }
    }
  });
});

async function pair(
  options: Parameters<DrivenGroup["join"]>[0] = BY_THREAD,
): Promise<{ readonly group: DrivenGroup; readonly aggregator: Driven; readonly member: Driven }> {
  const group = await DrivenGroup.create();
  const aggregator = await group.join();
  return { group, aggregator, member: await group.join(options) };
}
