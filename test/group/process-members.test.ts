// The figures that an aggregator keeps on disk for its successor.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { ImageWriter } from "../../src/group/memory/image-writer.ts";
import { mergeInto } from "../../src/group/merge/group-merge.ts";
import { ProcessMembers } from "../../src/group/process-members.ts";
import { OpenReader } from "../engine/our-provider.ts";
import type { GroupFolder } from "../../src/group/processes/group-folder.ts";
import type { Member } from "../../src/group/processes/members.ts";
import { newFolder } from "../kit/new-folder.ts";
import { joinedFolder } from "./processes/joined-folder.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The figures of all processes of a group but its aggregator, as that merges them at a report. */
function mergedBy(aggregator: GroupFolder): {
  readonly members: ProcessMembers;
  readonly total: () => number;
} {
  const reader = new OpenReader();
  const merge = mergeInto(new MeterProvider({ readers: [reader] }));
  const members = new ProcessMembers(aggregator, merge);
  for (const member of aggregator.members) members.add(member);
  const total = (): number => {
    members.read();
    let sum = 0;
    for (const { series } of reader.producer.collectSync().metrics)
      series.visit(0, series.length, { series: (cells, offset) => void (sum += cells[offset]!) });
    members.fold();
    return sum;
  };
  return { members, total };
}

/** Writes a state with a counter. */
function count(folder: GroupFolder, value: number): void {
  const own = new OpenReader();
  new MeterProvider({ readers: [own] }).getMeter("shop").createCounter("orders").add(value);
  const image = new ImageWriter({ isShared: false });
  image.take([own.producer.collectSync()]);
  expect(folder.write(image)).toBe(true);
}

/** Ends a process, and waits until its aggregator has noticed. */
async function end(folder: GroupFolder, aggregator: GroupFolder): Promise<Member> {
  await folder.leave();
  const find = (): Member | undefined => aggregator.members.find(({ id }) => id === folder.id);
  await expect.poll(() => find()?.state).toBe("gone");
  return find()!;
}

/** Lets the next report fold a process that has ended. */
function fold(members: ProcessMembers, gone: Member): void {
  expect(members.end(gone)).toBe(true);
  members.release(gone.id);
}

test("a successor has the figures of a series that a live process has removed after its time to live", async () => {
  const directory = newFolder("group");
  const aggregator = joinedFolder(directory);
  const other = joinedFolder(directory);
  await aggregator.findMembers();

  const own = new OpenReader();
  const provider = new MeterProvider({ readers: [own], seriesTimeToLive: 10 });
  const image = new ImageWriter({ isShared: false });
  const report = (): void => {
    image.take([own.producer.collectSync()]);
    other.write(image);
  };

  const first = mergedBy(aggregator);
  provider.getMeter("shop").createCounter("orders").add(500);
  report();
  expect(first.total()).toBe(500);
  vi.advanceTimersByTime(11_000);
  report();
  expect(first.total()).toBe(500);
  expect(mergedBy(aggregator).total()).toBe(500);
});

test("figures of ended processes that a successor cannot read for a while are not replaced", async () => {
  const directory = newFolder("group");
  const first = joinedFolder(directory);
  const ended = joinedFolder(directory);
  count(ended, 500);
  await first.findMembers();
  const before = mergedBy(first);
  expect(before.total()).toBe(500);
  fold(before.members, await end(ended, first));
  expect(before.total()).toBe(500);

  const successor = joinedFolder(directory);
  await expect.poll(() => successor.role).toBe("candidate");
  const departed = join(first.folder, "departed");
  renameSync(departed, `${departed}.aside`);
  symlinkSync(departed, departed);
  await first.leave();
  await expect.poll(() => successor.role).toBe("aggregator");
  const other = joinedFolder(directory);
  count(other, 70);
  await successor.findMembers();
  const { members, total } = mergedBy(successor);
  expect(total()).toBe(70);
  const gone = await end(other, successor);
  members.end(gone);
  expect(total()).toBe(70);
  expect(lstatSync(departed).isSymbolicLink()).toBe(true);

  rmSync(departed);
  renameSync(`${departed}.aside`, departed);
  total();
  fold(members, gone);
  expect(total()).toBe(570);
  expect(mergedBy(successor).total()).toBe(570);
});

test("a damaged file of ended processes is renamed, and the next one is readable", async () => {
  const directory = newFolder("group");
  const folder = join(directory, "shop", "v1");
  const first = joinedFolder(directory);
  writeFileSync(join(folder, "departed"), "damaged");
  const { members, total } = mergedBy(first);
  const other = joinedFolder(directory);
  count(other, 70);
  await first.findMembers();
  for (const member of first.members) members.add(member);
  total();
  fold(members, await end(other, first));
  expect(total()).toBe(70);
  expect(readFileSync(join(folder, "departed.damaged"), "utf8")).toBe("damaged");
  expect(mergedBy(first).total()).toBe(70);
});

test("the last figures of a process that cannot be read for a while are not lost", async () => {
  const directory = newFolder("group");
  const aggregator = joinedFolder(directory);
  const other = joinedFolder(directory);
  count(other, 70);
  await aggregator.findMembers();
  const { members, total } = mergedBy(aggregator);
  expect(total()).toBe(70);
  count(other, 500);
  const gone = await end(other, aggregator);
  const head = join(aggregator.folder, other.id, "head");
  renameSync(head, `${head}.aside`);
  symlinkSync(head, head);
  expect(members.end(gone)).toBe(false);
  expect(total()).toBe(70);
  rmSync(head);
  renameSync(`${head}.aside`, head);
  expect(members.end(gone)).toBe(true);
  // Its events are not kept yet.
  expect(total()).toBe(500);
  expect(existsSync(head)).toBe(true);
  members.release(gone.id);
  expect(total()).toBe(500);
  expect(existsSync(head)).toBe(false);
  expect(mergedBy(aggregator).total()).toBe(500);
});

test("an ended process whose last figures can never be read keeps those before, and its folder is removed", async () => {
  const directory = newFolder("group");
  const aggregator = joinedFolder(directory);
  const other = joinedFolder(directory);
  count(other, 70);
  await aggregator.findMembers();
  const { members, total } = mergedBy(aggregator);
  expect(total()).toBe(70);
  const gone = await end(other, aggregator);
  const head = join(aggregator.folder, other.id, "head");
  rmSync(head);
  symlinkSync(head, head);
  expect(members.end(gone)).toBe(false);
  expect(members.end(gone, true)).toBe(true);
  members.release(gone.id);
  members.fold();
  expect(total()).toBe(70);
  expect(existsSync(join(aggregator.folder, other.id))).toBe(false);
  expect(mergedBy(aggregator).total()).toBe(70);
});

test("figures of an ended process that could not be written are written at the next report", async () => {
  const directory = newFolder("group");
  const aggregator = joinedFolder(directory);
  const other = joinedFolder(directory);
  count(other, 70);
  await aggregator.findMembers();
  const { members, total } = mergedBy(aggregator);
  fold(members, await end(other, aggregator));
  // Nothing can be renamed to the name of a folder.
  const departed = join(aggregator.folder, "departed");
  mkdirSync(join(departed, "content"), { recursive: true });
  expect(total()).toBe(70);
  rmSync(departed, { recursive: true });
  expect(total()).toBe(70);
  expect(lstatSync(departed).isFile()).toBe(true);
  expect(mergedBy(aggregator).total()).toBe(70);
});
