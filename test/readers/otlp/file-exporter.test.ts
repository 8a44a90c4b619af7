import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OtlpFileExporter } from "../../../src/readers/otlp/file-exporter.ts";
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
