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
  "without a command, or with a help option, it lists its commands %j",
  async (...args) => {
    const child = await tachymeter(...args);
    expect((await child.exit).code).toBe(0);
    expect(child.stdout).toBe(`Usage: tachymeter <command> [arguments]

Commands:
  flush <directory>                    send data that exited processes left in an outbox to an OTLP backend, oldest first
  query <store> [metric | expression]  query a history by metric or in PromQL, or list all metrics
  events <store>                       list the events of a history, oldest first
  report <store>                       report what happened: charts, alerts, errors, changes, slow operations, and limits that will be reached
  scrape <directory>                   print the last figures of a group of processes, also if no process of it lives
  alerts <action> …                    check, list, export, backtest and silence alerts, and test their receivers
  anomalies [evaluate] <store>         list unusual values and level changes, or count the false alarms of each detector
  top [url | store | directory]        show live in the terminal what an application is doing
  profile <pid | url>                  take a CPU profile of an application and show its functions
  dashboards export --out <folder>     write dashboards for Grafana: an overview, and one for each area
  config <action> …                    check and print the configuration, and print its schema for editors

Options:
  --help     show this help, or that of a command
  --version  show the version
`);
    expect(child.stderr).toBe("");
  },
);

test("each command has its own help", async () => {
  const child = await tachymeter("flush", "--help");
  expect((await child.exit).code).toBe(0);
  expect(child.stdout).toMatch(
    /^Usage: tachymeter flush <directory>\n\nSend data that exited processes left/,
  );
});

test("its version is the version of the package", async () => {
  const { installed } = await packedProject();
  const manifest: { version: string } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const child = await tachymeter("--version");
  expect([child.stdout, (await child.exit).code]).toEqual([`${manifest.version}\n`, 0]);
});

test.each([
  [
    ["flsh"],
    'unknown command "flsh"; use one of flush, query, events, report, scrape, alerts, anomalies, top, profile, dashboards, config; see tachymeter --help',
  ],
  [["--verbose"], "unknown option --verbose; see tachymeter --help"],
])("%j exits with code 2", async (args, message) => {
  const child = await tachymeter(...args);
  expect(await child.exit).toEqual({ code: 2, signal: null });
  expect([child.stdout, child.stderr]).toEqual(["", `tachymeter: ${message}\n`]);
});
