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
  const other = await group.join();
  member.process.kill("SIGCONT");
  await expectQueried(member, "1 0");

  // The process gets its role back, with the figures of the one that had it.
  await other.tell("add 100");
  await expectTotals(group, { counted_total: 101 });
  other.process.kill("SIGKILL");
  await expectQueried(member, "101 0");
});

test("the API of a process that gets its role back has the samples of the group since then", async () => {
  const env = { TACHYMETER_API: "true", TACHYMETER_HISTORY: "true" };
  const group = await DrivenGroup.create();
  const first = await group.join({ env });
  await first.tell("add 1");
  await expectSum(group, "sum(counted_total)", 1);
  first.process.kill("SIGSTOP");
  const removed = `${group.folder}-removed`;
  renameSync(group.folder, removed);
  rmSync(removed, { recursive: true });
  const other = await group.join({ env });
  first.process.kill("SIGCONT");
  await other.tell("add 10");
  await expectSum(group, "sum(counted_total)", 11);
  other.process.kill("SIGKILL");
  await other.process.exit;
  await expectSum(group, "sum(counted_total)", 11);
  await first.tell("add 100");
  await expectSum(group, "sum(counted_total)", 111);
  await expectSum(group, "sum(counted_total - min_over_time(counted_total[1h]))", 100);
});

async function expectSum(group: DrivenGroup, expression: string, expected: number): Promise<void> {
  const query = new URLSearchParams({ query: expression }).toString();
  await expect
    .poll(
      async () => {
        const answer: { data: { result: { value: [number, string] }[] } } = JSON.parse(
          await group.ask(`/api/v1/query?${query}`),
        );
        return answer.data.result.map(({ value }) => Number(value[1]));
      },
      { timeout: 20_000 },
    )
    .toEqual([expected]);
}

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
