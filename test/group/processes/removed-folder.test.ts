// Processes of a group whose folder is removed: their facts are in it again once it is made again.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FactsReader } from "../../../src/group/processes/facts-file.ts";
import { GroupFolder } from "../../../src/group/processes/group-folder.ts";
import { PassedLines } from "../../../src/group/processes/passed-lines.ts";
import { placeOf } from "../../../src/group/processes/place.ts";
import { newFolder } from "../../kit/new-folder.ts";

const FIGURES = { copyLog: () => new Uint8Array(0), cells: [] };

function joined(directory: string): GroupFolder {
  const group = GroupFolder.open({
    place: placeOf({ serviceName: "shop", directory }, {}),
    serviceName: "shop",
    collectNow: () => {},
    onRole: () => {},
    onMember: () => {},
    onDeath: () => {},
  });
  if ("reason" in group) throw new Error(group.reason);
  expect(group.join()).toBeUndefined();
  onTestFinished(() => group.leave());
  return group;
}

test("facts that have not changed are written again once the folder is made again, and not before", async () => {
  const directory = newFolder("group");
  joined(directory);
  const member = joined(directory);
  await expect.poll(() => member.role).toBe("candidate");
  member.write(FIGURES);
  const lines = new PassedLines(member, () => "the facts");
  lines.writeFacts({ isLast: true });
  const facts = (): string | undefined => new FactsReader(join(member.folder, member.id)).read();
  expect(facts()).toBe("the facts");
  for (let round = 0; round < 2; round++) {
    rmSync(member.folder, { recursive: true });
    lines.writeFacts({ isLast: true });
    expect(facts()).toBeUndefined();
    member.write(FIGURES);
    lines.writeFacts({ isLast: true });
    expect(facts()).toBe("the facts");
  }
});
