import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OtlpFileExporter } from "../../../src/readers/otlp/file-exporter.ts";
import { smallDisk } from "../../faults/small-disk.ts";
import { exported } from "../../kit/exported.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { application } from "../../kit/packed-project.ts";
import { runNode } from "../../kit/process.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";

test("a line that a killed process left unfinished does not damage the next one", async () => {
  const file = join(newFolder("otlp-file"), "metrics.jsonl");
  const whole = '{"resourceMetrics":[]}\n';
  writeFileSync(file, `${whole}{"resourceMetrics":[{"reso`);
  const exporter = new OtlpFileExporter(file);
  await exported(exporter, resourceMetrics([scope("test", [counter({ name: "count" }, [{}, 1])])]));
  await exporter.shutdown();
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { resourceMetrics: [] },
    { resourceMetrics: [expect.anything()] },
  ]);
});

test("a line that a full disk has cut off does not damage the next one", async (context) => {
  const disk =
    smallDisk(join(newFolder("otlp-file"), "disk")) ?? context.skip("no file system can be mounted");
  const file = join(disk.folder, "metrics.jsonl");
  const exporter = new OtlpFileExporter(file);
  const metrics = (name: string) =>
    resourceMetrics([scope("test", [counter({ name, description: "x".repeat(10_000) }, [{}, 1])])]);
  await exported(exporter, metrics("before"));
  disk.fill();
  for (let i = 0; i < 2; i++) {
    const result = await exported(exporter, metrics("full"));
    expect(result.error).toMatchObject({ code: "ENOSPC" });
  }
  disk.free();
  await exported(exporter, metrics("after"));
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const names = lines.map((line) => JSON.parse(line).resourceMetrics[0].scopeMetrics[0].metrics[0].name);
  expect(names).toEqual(["before", "after"]);
});

test("a file that is removed after a failure is created again", async () => {
  const file = join(newFolder("otlp-file"), "metrics.jsonl");
  const exporter = new OtlpFileExporter(file);
  const metrics = resourceMetrics([scope("test", [counter({ name: "count" }, [{}, 1])])]);
  rmSync(file);
  mkdirSync(file);
  expect((await exported(exporter, metrics)).error).toMatchObject({ code: "EISDIR" });
  rmdirSync(file);
  await exported(exporter, metrics);
  expect(readFileSync(file, "utf8")).toMatch(/^\{"resourceMetrics":.*\}\n$/);
});

test.each([
  ["process.exit()", "process.exit(0);"],
  ["an exception", 'throw new Error("boom");'],
  ["process.exit() during an append", "void telemetry.forceFlush(); setImmediate(() => process.exit(0));"],
])(
  "a process that ends by %s has its last figures in the file and at the standard output",
  async (_, end) => {
    const cwd = await application({
      "app.mjs": `import { start } from "tachymeter";
const readers = [{ type: "otlp-file", file: "metrics.jsonl" }, { type: "otlp-file" }];
const telemetry = start({ readers, host: false, runtime: false, group: false });
telemetry.messaging.sent("invoices");
${end}`,
    });
    const child = runNode({ cwd, args: ["app.mjs"] });
    await child.exit;
    for (const text of [readFileSync(join(cwd, "metrics.jsonl"), "utf8"), child.stdout]) {
      const lines = text.split("\n").slice(0, -1);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(JSON.parse(line)).toHaveProperty("resourceMetrics");
      expect(lines.at(-1)).toContain("invoices");
    }
  },
);

test.each(["otlp-file", "console"])(
  "reader %s does not end an application whose standard output is closed",
  async (type) => {
    const cwd = await application({
      "app.mjs": `import { setTimeout } from "node:timers/promises";
import { start } from "tachymeter";
const telemetry = start({ readers: [{ type: "${type}" }], host: false, runtime: false });
telemetry.messaging.sent("invoices");
await setTimeout(500);
for (let i = 0; i < 3; i++) {
  await telemetry.forceFlush();
  await setTimeout(50);
}
await telemetry.shutdown();
await setTimeout(50);
console.error("alive, listeners:", process.stdout.listenerCount("error"));`,
    });
    const args = ["-c", `"${process.execPath}" app.mjs > >(true)`];
    const child = runNode({ cwd, command: "bash", args });
    expect(await child.exit).toEqual({ code: 0, signal: null });
    expect(child.stderr).toContain("alive, listeners: 0\n");
  },
);
