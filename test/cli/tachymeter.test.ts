import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";

beforeAll(packedProject);

async function tachymeter(...args: readonly string[]): Promise<RunningProcess> {
  const { folder } = await packedProject();
  const child = runNode({ cwd: folder, command: join(folder, "node_modules", ".bin", "tachymeter"), args });
  await child.exit;
  return child;
}

test.each([[], ["--help"], ["-h"]])(
  "without a word, or asked for help, it lists its words %j",
  async (...args) => {
    const child = await tachymeter(...args);
    expect((await child.exit).code).toBe(0);
    expect(child.stdout).toBe(`Usage: tachymeter <command> [arguments]

Commands:
  flush <directory>       sends an OTLP collector what processes that are gone left in an outbox, oldest first
  query <store> [metric]  asks a history about a metric, or which metrics it has
  events <store>          shows the events of a history, the oldest first
  report <store>          reports how commands were used, what is slow, what got slower, and what will be full

Options:
  --help     this text; after a command, the command's own
  --version  the version
`);
    expect(child.stderr).toBe("");
  },
);

test("a word has a help of its own", async () => {
  const child = await tachymeter("flush", "--help");
  expect((await child.exit).code).toBe(0);
  expect(child.stdout).toMatch(/^Usage: tachymeter flush <directory>\n\nSends an OTLP collector what/);
});

test("its version is the package's", async () => {
  const { installed } = await packedProject();
  const manifest: { version: string } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const child = await tachymeter("--version");
  expect([child.stdout, (await child.exit).code]).toEqual([`${manifest.version}\n`, 0]);
});

test.each([
  [["flsh"], '"flsh" is no command; give one of: flush, query, events, report; see tachymeter --help'],
  [["--verbose"], "--verbose is no option; see tachymeter --help"],
])("%j is refused with exit code 2", async (args, message) => {
  const child = await tachymeter(...args);
  expect(await child.exit).toEqual({ code: 2, signal: null });
  expect([child.stdout, child.stderr]).toEqual(["", `tachymeter: ${message}\n`]);
});
