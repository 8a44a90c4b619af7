import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { takeExemplars } from "../../src/group/processes/exemplar-file.ts";
import { readIdentity } from "../../src/group/processes/identity.ts";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

function fifo(...names: readonly string[]): string {
  const folder = newFolder("fifo");
  for (const name of names) execFileSync("mkfifo", [join(folder, name)]);
  return folder;
}

test.runIf(process.platform !== "win32")("a FIFO as configuration file stops no start", async () => {
  const cwd = await application({ "app.mjs": "console.log('runs')" });
  const env = { OTEL_CONFIG_FILE: join(fifo("otel.yaml"), "otel.yaml") };
  const child = runNode({ cwd, args: ["--import", "tachymeter/register", "app.mjs"], env });
  await child.exit;
  expect(child.stderr).toMatch(/must be a file or a device|it is not a file/);
});

test.runIf(process.platform !== "win32")("FIFOs in the folder of a group stop no reader", () => {
  const folder = fifo("exemplars", "group.json");
  expect(takeExemplars(folder)).toBeUndefined();
  expect(readIdentity(folder)).toBeUndefined();
});
