import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, expect, test, vi } from "vitest";
import { application } from "../../kit/packed-project.ts";
import { runNode } from "../../kit/process.ts";
import { linesOf, temporaryFile } from "./lines.ts";

let cwd = "";

beforeAll(async () => {
  cwd = await application({
    "endless.mjs": `import { metrics } from "@opentelemetry/api";
import { start } from "tachymeter";
const reader = { type: "json", format: "ndjson", file: process.env.FILE, maxBytes: 2_000_000, maxFiles: 3 };
const telemetry = start({ readers: [reader], host: false, runtime: false, cardinalityLimit: 5_000 });
const counter = metrics.getMeter("m").createCounter("jobs");
for (let i = 0; i < 2_000; i++) counter.add(i, { i, padding: "x".repeat(100) });
for (;;) await telemetry.forceFlush();`,
    "rotating.mjs": `import { start } from "tachymeter";
const reader = { type: "json", format: "ndjson", file: process.env.FILE, maxBytes: 1, maxFiles: 10_000, compress: false };
const telemetry = start({ readers: [reader], host: false, runtime: false });
const counter = telemetry.collector.registerCounter(process.env.NAME, "Counts.");
for (let i = 0; i < 200; i++) {
counter.increment(1);
await telemetry.forceFlush();
}
process.kill(process.pid, "SIGKILL");`,
    "exit.mjs": `import { start } from "tachymeter";
const reader = { type: "json", format: "ndjson", file: process.env.FILE };
const { messaging } = start({ readers: [reader], host: false, runtime: false });
messaging.sent("invoices");
process.exit(3);`,
  });
});

test("after a process is killed during a write every complete line parses, also in rotated files", async () => {
  const file = temporaryFile();
  const folder = join(file, "..");
  for (let round = 0; round < 3; round++) {
    const child = runNode({ args: ["endless.mjs"], cwd, env: { FILE: file } });
    const before = new Set(readdirSync(folder));
    await vi.waitFor(
      () => expect(readdirSync(folder).filter((name) => !before.has(name)).length).toBeGreaterThan(2),
      {
        interval: 5,
      },
    );
    child.kill("SIGKILL");
    await child.exit;
    const names = readdirSync(folder).filter((name) => !name.endsWith(".tmp"));
    let count = 0;
    for (const name of names) {
      const bytes = readFileSync(join(folder, name));
      const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
      for (const line of text.split("\n").slice(0, -1)) {
        expect(JSON.parse(line)).toHaveProperty("timestamp");
        count++;
      }
    }
    expect(count).toBeGreaterThan(1_000);
    for (const name of names) if (name !== "metrics.ndjson") rmSync(join(folder, name));
  }
});

test("processes that rotate one file at the same time lose no line", async () => {
  const file = temporaryFile();
  const folder = join(file, "..");
  const names = ["a_total", "b_total", "c_total"];
  const children = names.map((NAME) => runNode({ args: ["rotating.mjs"], cwd, env: { FILE: file, NAME } }));
  await Promise.all(children.map(({ exit }) => exit));
  const lines = readdirSync(folder).flatMap((each) => linesOf(join(folder, each)));
  for (const name of names) {
    const values = lines.flatMap((line) => (line.name === name ? [Number(line.value)] : []));
    expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  }
});

test("measurements before process.exit are in the file", async () => {
  const file = temporaryFile();
  const child = runNode({ args: ["exit.mjs"], cwd, env: { FILE: file } });
  expect(await child.exit).toEqual({ code: 3, signal: null });
  expect(linesOf(file)).toContainEqual(
    expect.objectContaining({
      name: "messages_sent_total",
      labels: { messaging_destination_name: "invoices" },
      value: 1,
    }),
  );
});
