// The election of the aggregator, while files and connections fail.
import { readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
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
