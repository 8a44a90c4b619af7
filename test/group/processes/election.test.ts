// The election of the aggregator, while files and connections fail.
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { Election } from "../../../src/group/processes/election.ts";
import { pipeOf } from "../../../src/group/processes/member-folders.ts";
import { holdLock } from "../../../src/io/owner-lock.ts";
import { StateOwner } from "../../../src/io/state-owner.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { joinedFolder } from "./joined-folder.ts";

test("a claim that cannot be read for a while decides nothing", async () => {
  const directory = newFolder("group");
  const aggregator = joinedFolder(directory);
  const claim = join(aggregator.folder, "aggregator.1");
  renameSync(claim, `${claim}.aside`);
  symlinkSync(claim, claim);
  const other = joinedFolder(directory);
  await aggregator.collectAll();
  // A few attempts of the other one.
  await delay(300);
  expect([aggregator.role, other.role]).toEqual(["aggregator", undefined]);
  rmSync(claim);
  renameSync(`${claim}.aside`, claim);
  await expect.poll(() => other.role).toBe("candidate");
  await aggregator.collectAll();
  expect(aggregator.role).toBe("aggregator");
  expect(aggregator.members.map(({ id }) => id)).toEqual([other.id]);
  const claims = readdirSync(aggregator.folder).filter((name) => name.startsWith("aggregator"));
  expect(claims).toEqual(["aggregator.1"]);
});

test("a process waits a minute for a parent that does not join, whichever process has its id", async () => {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["performance"] });
  const folder = newFolder("group");
  const election = new Election({
    folder,
    id: "0123456789abcdef",
    parent: { id: "fedcba9876543210", pid: process.pid },
    onRole: () => {},
  });
  election.begin();
  onTestFinished(() => election.close());
  vi.advanceTimersByTime(59_000);
  await delay(300);
  expect(election.role).toBe("candidate");
  vi.advanceTimersByTime(1_000);
  await expect.poll(() => election.role).toBe("aggregator");
});

test("a process that closes each connection at once is not connected to all the time", async () => {
  const directory = newFolder("group");
  const aggregator = joinedFolder(directory);
  const closing = closingLock(join(aggregator.folder, "0123456789abcdef"));
  await aggregator.findMembers();
  const asMember = await closing.connectionsInASecond();
  expect(asMember).toBeGreaterThan(1);
  expect(asMember).toBeLessThan(15);
  await aggregator.leave();

  writeFileSync(join(aggregator.folder, "aggregator.9"), "0123456789abcdef");
  const candidate = joinedFolder(directory);
  const asAggregator = await closing.connectionsInASecond();
  expect(candidate.role).toBe("candidate");
  expect(asAggregator).toBeGreaterThan(1);
  expect(asAggregator).toBeLessThan(15);
});

test("an owner of state files that closes each connection at once is not connected to all the time", async () => {
  const directory = newFolder("owner");
  const closing = closingLock(join(directory, ".owner-0123456789abcdef"));
  const owner = new StateOwner({
    directory,
    name: ".owner",
    area: "test",
    refusal: "another process owns the files",
    onOwned: () => {},
  });
  onTestFinished(() => owner.close());
  owner.begin();
  const connections = await closing.connectionsInASecond();
  expect(connections).toBeGreaterThan(1);
  expect(connections).toBeLessThan(15);
});

/** The lock of a living process that has no descriptors left. */
function closingLock(folder: string): { connectionsInASecond(): Promise<number> } {
  mkdirSync(folder, { mode: 0o700 });
  let connections = 0;
  const lock = holdLock(folder, pipeOf("0123456789abcdef"), (socket) => {
    connections++;
    socket.destroy();
  });
  onTestFinished(() => lock.release());
  return {
    connectionsInASecond: async () => {
      connections = 0;
      await delay(1_000);
      return connections;
    },
  };
}
