// Lines and facts that members pass on, as the aggregator reads them.
import { renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MemberMessages } from "../../../src/group/member-messages.ts";
import { FactsWriter } from "../../../src/group/processes/facts-file.ts";
import type { GroupFolder } from "../../../src/group/processes/group-folder.ts";
import { PassedLines } from "../../../src/group/processes/passed-lines.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { joinedFolder } from "./joined-folder.ts";

class Aggregator {
  readonly facts = new Map<string, string | undefined>();
  readonly lines: string[] = [];
  readonly notifiedBy = new Set<string | undefined>();
  readonly messages: MemberMessages;
  isDiskFull = false;

  constructor(directory: string, passed: readonly string[] = []) {
    const folder = joinedFolder(directory, {
      onMessages: (id) => {
        this.notifiedBy.add(id);
        void this.messages.read(id);
      },
    });
    const own = new PassedLines(folder, () => undefined);
    for (const line of passed) own.add(line);
    own.flush();
    this.messages = new MemberMessages(folder, {
      facts: () => undefined,
      onFacts: (member, facts) => void this.facts.set(member.replace("process ", ""), facts),
      fromThread: () => {},
      fromMember: (lines) => void this.lines.push(...lines),
      fromSelf: (lines) => void this.lines.push(...lines),
      kept: async () => {
        if (this.isDiskFull) throw new Error("no space left on device");
      },
    });
  }
}

async function candidate(directory: string): Promise<GroupFolder> {
  const member = joinedFolder(directory);
  await expect.poll(() => member.role).toBe("candidate");
  return member;
}

test("a notification lets the aggregator read the member that has sent it, and no other", async () => {
  const directory = newFolder("group");
  const { messages, facts, lines, notifiedBy } = new Aggregator(directory);
  const [first, second] = [await candidate(directory), await candidate(directory)];
  // Without a notification.
  const silent = new FactsWriter(join(second.folder, second.id));
  const passed = new PassedLines(first, () => "facts of the first");
  // Each sends one at its start.
  await expect.poll(() => notifiedBy).toEqual(new Set([first.id, second.id]));
  await messages.read();
  silent.write("facts of the second");
  for (let round = 1; round <= 3; round++) {
    passed.add(`line ${round}`);
    passed.writeFacts({ isLast: true });
    await expect.poll(() => lines.length).toBe(round);
  }
  expect(Object.fromEntries(facts)).toEqual({ [first.id]: "facts of the first" });
  await messages.read();
  expect(facts.get(second.id)).toBe("facts of the second");
});

test("the notification of a member that was not found yet is not lost", async () => {
  const directory = newFolder("group");
  const { facts } = new Aggregator(directory);
  const members = await Promise.all(Array.from({ length: 8 }, () => candidate(directory)));
  for (const [i, member] of members.entries())
    new PassedLines(member, () => `facts ${i}`).writeFacts({ isLast: true });
  await expect.poll(() => facts.size).toBe(8);
});

test("a process that becomes the aggregator reads all that it has passed on at once", () => {
  const passed = Array.from({ length: 3_000 }, (_, i) => String(i).padEnd(100, "."));
  const { lines } = new Aggregator(newFolder("group"), passed);
  // Before the constructor returned: what is recorded afterwards follows.
  expect(lines).toEqual(passed);
});

test("last lines that cannot be kept or read for a while are read again, each once", async () => {
  const directory = newFolder("group");
  const aggregator = new Aggregator(directory);
  const { messages, lines } = aggregator;
  const member = await candidate(directory);
  const passed = new PassedLines(member, () => undefined);
  const journal = join(member.folder, member.id, "journal.0");
  aggregator.isDiskFull = true;
  passed.add("first");
  passed.flush();
  expect(await messages.readLast(member.id)).toBe(false);
  aggregator.isDiskFull = false;
  renameSync(journal, `${journal}.aside`);
  symlinkSync(journal, journal);
  passed.add("second");
  passed.flush();
  expect(await messages.readLast(member.id)).toBe(false);
  rmSync(journal);
  renameSync(`${journal}.aside`, journal);
  expect(await messages.readLast(member.id)).toBe(true);
  expect(lines).toEqual(["first", "second"]);
});
