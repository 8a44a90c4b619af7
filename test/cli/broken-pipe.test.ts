import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";

beforeAll(packedProject);

// Runs its arguments after the reader of their output is gone, and prints their exit code by another way.
const UNREAD = `exec 5>&1; trap '' PIPE
{ while echo .; do :; done 2>/dev/null; "$@" 2>&1; echo "code $?" >&5; } | true`;

test.runIf(process.platform !== "win32").each<[args: readonly string[], code: number]>([
  [["--help"], 0],
  [["flsh"], 2],
  [["flush", "."], 0],
])("%j keeps its exit code if its output is not read", async (args, code) => {
  const { folder, installed } = await packedProject();
  const program = join(installed, "dist", "tachymeter.js");
  const child = runNode({
    cwd: join(folder, "node_modules", ".bin"),
    command: "bash",
    args: ["-c", UNREAD, "bash", process.execPath, program, ...args],
  });
  await child.exit;
  expect([child.stdout, child.stderr]).toEqual([`code ${code}\n`, ""]);
});

// Runs its arguments with an output file of at most 8 KiB. A longer write is shortened, and the next one fails.
const LIMITED = `trap '' XFSZ; ulimit -f 8; exec "$@" > limited.txt`;

test.runIf(process.platform === "linux").each([
  ["a device without room", `exec "$@" > /dev/full`, "ENOSPC: no space left on device, write"],
  ["a file that takes a part", LIMITED, "EFBIG: file too large, write"],
])("output to %s is an error", async (_, script, reason) => {
  const { installed } = await packedProject();
  const program = join(installed, "dist", "tachymeter.js");
  const child = runNode({
    cwd: newFolder("output"),
    command: "bash",
    args: ["-c", script, "bash", process.execPath, program, "alerts", "export"],
  });
  expect(await child.exit).toEqual({ code: 1, signal: null });
  expect(child.stderr).toBe(`tachymeter: standard output cannot be written: ${reason}\n`);
});
