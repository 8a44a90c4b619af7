// Queries of live samples in a process whose role changes.
import { renameSync, rmSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { type Driven, DrivenGroup, expectTotals } from "./driven.ts";

beforeAll(packedProject);

test("a change of role does not increase a counter in live samples", async () => {
  const group = await DrivenGroup.create();
  const first = await group.join();
  const member = await group.join();
  await first.tell("add 1000");
  await member.tell("add 1");
  await expectTotals(group, { counted_total: 1_001 });
  await expectQueried(member, "1 0");

  first.process.kill("SIGKILL");
  await expectQueried(member, "1001 0");

  // Another process finds no group, and exports from now on.
  member.process.kill("SIGSTOP");
  const removed = `${group.folder}-removed`;
  renameSync(group.folder, removed);
  rmSync(removed, { recursive: true });
  await group.join();
  member.process.kill("SIGCONT");
  await expectQueried(member, "1 0");
});

async function expectQueried(driven: Driven, expected: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await driven.tell("counted");
        return driven.process.stdout.match(/^queried .*$/gm)?.at(-1);
      },
      { timeout: 10_000 },
    )
    .toBe(`queried ${expected}`);
}
