import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { takeExemplars } from "../../src/group/processes/group-folder.ts";
import { readIdentity } from "../../src/group/processes/identity.ts";
import { groupFolderIn, placeOf } from "../../src/group/processes/place.ts";
import { tachymeter } from "../cli/running.ts";
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

test.runIf(process.platform !== "win32")("FIFOs in the folder of a group stop no member of it", async () => {
  const directory = newFolder("group");
  const group = groupFolderIn(directory, placeOf({ serviceName: "shop", directory }, {}));
  const dead = join(group, "0".repeat(16));
  mkdirSync(dead, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const files = ["head", "owner", "cursor", "facts", "exemplars", "cells.0", "cells.1", "log.0", "journal.0"];
  const ofGroup = ["departed", "aggregator.1", "group.json"].map((name) => join(group, name));
  execFileSync("mkfifo", [...ofGroup, ...files.map((name) => join(dead, name))]);
  const program = `
    import { start } from "tachymeter";
    const telemetry = start({
      serviceName: "shop", host: false, runtime: false, readers: [], group: { directory: process.argv[2] },
    });
    telemetry.messaging.sent("jobs");
    process.stdin.once("data", () => telemetry.shutdown().then(() => process.exit()));
    console.log("started");
  `;
  const cwd = await application({ "app.mjs": program });
  const member = runNode({ cwd, args: ["app.mjs", directory], openInput: true });
  await member.waitForOutput(/started/);
  // Elected in spite of the claim that cannot be read.
  await expect.poll(() => readdirSync(group)).toContain("aggregator.2");
  member.write("end");
  expect(await member.exit).toEqual({ code: 0, signal: null });
  const scrape = await tachymeter("scrape", directory);
  expect(scrape.stdout).toMatch(/^messages_sent_total\{.*"jobs".*\} 1$/m);
});

test.runIf(process.platform !== "win32")("FIFOs in the folder of a group stop no reader", () => {
  const folder = fifo("exemplars", "group.json");
  expect(takeExemplars(folder)).toBeUndefined();
  expect(readIdentity(folder)).toBeUndefined();
});
