// Groups of real processes: the aggregator, its takeover, the members that end, and the totals.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { outputOf, type RunningProcess } from "../../kit/process.ts";
import { program, said } from "./programs.ts";
import { isLong } from "../../kit/test-length.ts";

// Each process that runs is one more listener.
process.setMaxListeners(0);

/** A process that joins, counts up to `amount`, and stays. */
const member = (amount: number): string => `
const { group, own } = joined();
own.add(${amount});
say("joined " + group.id);
forever();`;

/** A process that says its total whenever it gets SIGUSR2. On a busy machine 100 ms are not enough for all members. */
const asked = askedWithin("10_000");

function askedWithin(limitMillis: string): string {
  return `
const { group, own, total } = joined();
own.add(1);
process.on("SIGUSR2", async () => {
  const start = performance.now();
  const { late, total: sum } = await total(${limitMillis});
  say("total " + sum + " late " + late.length + " took " + Math.round(performance.now() - start) + " role " + group.role);
});
say("joined " + group.id);
forever();`;
}

async function totalOf(child: RunningProcess): Promise<{ total: number; late: number; took: number }> {
  const before = said(child, "total").length;
  child.kill("SIGUSR2");
  const lines = new RegExp(`(?:^total (\\d+) late (\\d+) took (\\d+) role (\\w+)$[^]*?){${before + 1}}`, "m");
  const [, total, late, took] = await child.waitForOutput(lines);
  return { total: Number(total), late: Number(late), took: Number(took) };
}

async function idOf(child: RunningProcess): Promise<string> {
  return (await child.waitForOutput(/^joined (\w+)$/m))[1]!;
}

const groupIn = (directory: string): string => join(directory, "shop", "v1");
const stateFolders = (directory: string): string[] =>
  readdirSync(groupIn(directory)).filter((name) => /^[0-9a-f]{16}$/.test(name));

test("the first process aggregates, and a collection has what the others counted up to now", async () => {
  const directory = newFolder("group");
  const first = await program(asked, { directory });
  await idOf(first);
  expect(said(first, "role")).toEqual(["aggregator"]);
  const others = await Promise.all([10, 100].map((amount) => program(member(amount), { directory })));
  for (const other of others) await other.waitForOutput(/^role candidate$/m);
  expect(await totalOf(first)).toMatchObject({ total: 111, late: 0 });
});

test("if the aggregator is killed, exactly one other takes over at once, and nothing is lost or counted twice", async () => {
  const directory = newFolder("group");
  const children: RunningProcess[] = [];
  for (let i = 0; i < 5; i++) {
    const child = await program(asked, { directory });
    await child.waitForOutput(/^role (aggregator|candidate)$/m);
    children.push(child);
  }
  expect(await totalOf(children[0]!)).toMatchObject({ total: 5 });
  let living = children;
  for (let round = 0; round < 3; round++) {
    const leader = living.find((child) => said(child, "role").includes("aggregator"))!;
    living = living.filter((child) => child !== leader);
    leader.kill("SIGKILL");
    const next = await Promise.any(
      living.map(async (child) => {
        await child.waitForOutput(/^role aggregator$/m);
        return child;
      }),
    );
    expect(await totalOf(next)).toMatchObject({ total: 5, late: 0 });
    expect(await totalOf(next)).toMatchObject({ total: 5 });
    expect(living.filter((child) => said(child, "role").includes("aggregator"))).toEqual([next]);
    expect(stateFolders(directory)).toHaveLength(living.length);
  }
  // The claims of earlier aggregators do not gather.
  expect(readdirSync(groupIn(directory)).filter((name) => name.startsWith("aggregator"))).toHaveLength(2);
});

test("a candidate takes over within a fraction of a second", async () => {
  const directory = newFolder("group");
  const first = await program(asked, { directory });
  await idOf(first);
  const second = await program(
    `const { group } = joined({ onRole: (role) => say("role " + role + " " + Date.now()) }); forever();`,
    { directory },
  );
  await second.waitForOutput(/^role candidate/m);
  const killed = Date.now();
  first.kill("SIGKILL");
  const [, at] = await second.waitForOutput(/^role aggregator (\d+)$/m);
  expect(Number(at) - killed).toBeLessThan(1_000);
});

test("a parent is preferred to its children, and its end makes one of them the aggregator", async () => {
  const directory = newFolder("group");
  const text = `
    import { fork } from "node:child_process";
    if (process.argv[3] === "child") {
      joined();
      forever();
    } else {
      // Before this process joins: the child must not become the aggregator.
      const group = GroupFolder.open({ place: placeOf({ serviceName: "shop", directory }, {}), serviceName: "shop" });
      say("parent " + group.id);
      Object.assign(process.env, group.variablesForChildren);
      const child = fork(process.argv[1], [directory, "child"]);
      say("child " + child.pid);
      process.once("SIGUSR2", () => {
        const reason = group.join();
        say("parent joined " + reason + " " + group.role);
      });
      forever();
    }`;
  const parent = await program(
    text.replace('serviceName: "shop" });', `serviceName: "shop", onRole() {}, collectNow() {} });`),
    {
      directory,
    },
  );
  await parent.waitForOutput(/^child (\d+)$/m);
  await parent.waitForOutput(/^role candidate$/m);
  parent.kill("SIGUSR2");
  await parent.waitForOutput(/^parent joined undefined aggregator$/m);
  expect(said(parent, "role")).toEqual(["candidate"]);
  parent.kill("SIGKILL");
  // Its child has inherited its output.
  await expect.poll(() => said(parent, "role")).toEqual(["candidate", "aggregator"]);
});

test("a stopped or busy member holds a collection up by 100 ms, and counts with its last state", async () => {
  const directory = newFolder("group");
  const first = await program(askedWithin(""), { directory });
  await idOf(first);
  const stopped = await program(member(10), { directory });
  const busy = await program(
    `const { own } = joined(); own.add(100); process.once("SIGUSR2", () => { say("busy"); for (;;); }); forever();`,
    { directory },
  );
  for (const each of [stopped, busy]) await each.waitForOutput(/^role candidate$/m);
  // On a busy machine, a member that has just joined may be late for its first collection.
  await expect.poll(async () => totalOf(first)).toMatchObject({ total: 111, late: 0 });
  stopped.kill("SIGSTOP");
  busy.kill("SIGUSR2");
  await busy.waitForOutput(/^busy$/m);
  for (let i = 0; i < 3; i++) {
    const { total, late, took } = await totalOf(first);
    expect({ total, late }).toEqual({ total: 111, late: 2 });
    expect(took).toBeGreaterThanOrEqual(95);
    expect(took).toBeLessThan(1_000);
  }
  stopped.kill("SIGCONT");
  busy.kill("SIGKILL");
  await busy.exit;
  await first.waitForOutput(/^folded /m);
  await expect.poll(async () => totalOf(first)).toMatchObject({ total: 111, late: 0 });
});

test("members that start and die all the time leave their counts and nothing else", async () => {
  const directory = newFolder("group");
  const first = await program(asked, { directory });
  await idOf(first);
  for (let round = 0; round < 4; round++) {
    await Promise.all(
      [0, 1, 2, 3].map(async (i) => {
        // Every second one writes its last state in an exit handler, the others are killed.
        const child = await program(
          i % 2 === 0
            ? `const { group, own } = joined(); process.on("exit", () => { own.add(10); group.write(own); }); process.exit();`
            : `const { group, own } = joined(); own.add(10); group.write(own); process.kill(process.pid, "SIGKILL");`,
          { directory },
        );
        await child.exit;
      }),
    );
    expect(await totalOf(first)).toMatchObject({ total: 1 + 40 * (round + 1) });
  }
  expect(stateFolders(directory)).toHaveLength(1);
  expect(readdirSync(groupIn(directory)).toSorted()).toHaveLength(4);
  expect(said(first, "folded")).toHaveLength(16);
});

const processes = isLong ? 10 : 2;
const members = 20 * processes;

test(`${members} members are collected together`, async () => {
  const directory = newFolder("group");
  const first = await program(asked, { directory });
  await idOf(first);
  // 20 members in each process: a member is a folder and a lock.
  const text = `
    for (let i = 0; i < 20; i++) { const { own } = joined({ onRole() {} }); own.add(1); }
    say("all joined");
    forever();`;
  const others = await Promise.all(Array.from({ length: processes }, () => program(text, { directory })));
  for (const other of others) await other.waitForOutput(/^all joined$/m);
  await expect.poll(async () => totalOf(first)).toMatchObject({ total: 1 + members, late: 0 });
  for (const other of others) other.kill("SIGKILL");
  await expect.poll(() => said(first, "folded").length).toBe(members);
  expect(await totalOf(first)).toMatchObject({ total: 1 + members });
  expect(stateFolders(directory)).toHaveLength(1);
});

test("if the group's folder is removed while its processes run, all of them are in it again, once", async () => {
  const directory = newFolder("group");
  const first = await program(asked.replace("forever();", "setInterval(() => group.write(own), 20);"), {
    directory,
  });
  await idOf(first);
  const other = await program(
    `const { group, own } = joined(); own.add(10); setInterval(() => group.write(own), 20);`,
    { directory },
  );
  await other.waitForOutput(/^role candidate$/m);
  expect(await totalOf(first)).toMatchObject({ total: 11 });
  // Removed elsewhere, since the processes make their folders again at once.
  renameSync(directory, `${directory}-removed`);
  rmSync(`${directory}-removed`, { recursive: true });
  await expect.poll(() => existsSync(groupIn(directory)) && stateFolders(directory).length).toBe(2);
  for (let i = 0; i < 3; i++) expect(await totalOf(first)).toMatchObject({ total: 11, late: 0 });
  expect(said(first, "role")).toEqual(["aggregator"]);
  other.kill("SIGKILL");
  await first.waitForOutput(/^folded /m);
  expect(await totalOf(first)).toMatchObject({ total: 11 });
});

test("a group holds no process, and its folder is private", async () => {
  const directory = newFolder("group");
  const first = await program(asked, { directory });
  const id = await idOf(first);
  const other = await program(`const { total } = joined(); await total();`, { directory });
  expect(await outputOf(other)).toMatch(/^role candidate\n$|^$/);
  const alone = await program(`const { total } = joined(); await total();`, {
    directory: newFolder("group"),
  });
  expect(await outputOf(alone)).toBe("role aggregator\n");
  expect(readdirSync(join(groupIn(directory), id)).toSorted()).toEqual([
    "cells.0",
    "cells.1",
    "head",
    "log.0",
    "owner",
  ]);
});

test("foreign files and folders in a group are left alone, and harm no member", async () => {
  const directory = newFolder("group");
  const folder = groupIn(directory);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(join(folder, "v2"));
  writeFileSync(join(folder, "aggregator.x"), "");
  writeFileSync(join(folder, "departed"), "not ours");
  writeFileSync(join(folder, "group.json"), "{}");
  writeFileSync(join(folder, "0123456789abcdef"), "a file with the name of a member");
  mkdirSync(join(folder, "fedcba9876543210"), { mode: 0o700 });
  writeFileSync(join(folder, "fedcba9876543210", "notes.txt"), "foreign");
  const first = await program(asked, { directory });
  await idOf(first);
  const other = await program(member(10), { directory });
  await other.waitForOutput(/^role candidate$/m);
  expect(await totalOf(first)).toMatchObject({ total: 11 });
  expect(await totalOf(first)).toMatchObject({ total: 11 });
  expect(readFileSync(join(folder, "0123456789abcdef"), "utf8")).toBe("a file with the name of a member");
  expect(readFileSync(join(folder, "fedcba9876543210", "notes.txt"), "utf8")).toBe("foreign");
  expect(JSON.parse(readFileSync(join(folder, "group.json"), "utf8"))).toMatchObject({ serviceName: "shop" });
});

test.skipIf(process.platform === "win32")("a group's path may be longer than a socket's", async () => {
  const directory = join(newFolder("group"), "x".repeat(100), "y".repeat(100));
  const first = await program(asked, { directory });
  await idOf(first);
  const other = await program(member(10), { directory });
  await other.waitForOutput(/^role candidate$/m);
  // On a busy machine a response may be late.
  await vi.waitFor(async () => expect(await totalOf(first)).toMatchObject({ total: 11, late: 0 }), {
    timeout: 30_000,
  });
  first.kill("SIGKILL");
  await other.waitForOutput(/^role aggregator$/m);
});
