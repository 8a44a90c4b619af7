// Processes of a group whose folder is removed: their facts are in it again once it is made again.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FactsReader } from "../../../src/group/processes/facts-file.ts";
import { PassedLines } from "../../../src/group/processes/passed-lines.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { joinedFolder } from "./joined-folder.ts";

const FIGURES = { logFrom: () => new Uint8Array(0), cells: [] };

test("facts that have not changed are written again once the folder is made again, and not before", async () => {
  const directory = newFolder("group");
  joinedFolder(directory);
  const member = joinedFolder(directory);
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
