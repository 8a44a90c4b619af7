import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";
import { samples } from "../instrumentations/applications.ts";
import { tachymeter } from "./running.ts";
import { inTerminal } from "./top/pseudo-terminal.ts";

beforeAll(packedProject);

const START = `
  import { start } from "tachymeter";
  export const telemetry = start({
    views: [
      { instrumentName: "viewed", aggregation: { type: 4, options: { boundaries: [1, 2, 3] } } },
      { instrumentName: "summed", aggregation: { type: 2 } },
      { instrumentName: "exponential", aggregation: { type: 5, options: { maxSize: 20 } } },
      { instrumentName: "two", name: "two.a", aggregation: { type: 4, options: { boundaries: [1] } } },
      { instrumentName: "two", name: "two.b" },
    ],
  });
`;

// A parent and a child, which are killed together.
const PROGRAM = `
  import { fork } from "node:child_process";
  import { fileURLToPath } from "node:url";
  import { metrics } from "@opentelemetry/api";
  import { telemetry } from "./start.mjs";
  const meter = metrics.getMeter("shop");
  meter.createCounter("orders").add(10, { kind: "card" });
  meter.createCounter("mails").add(1, { to: "\\u001b[31mred" });
  for (const name of ["sizes", "viewed", "summed", "exponential", "two"]) meter.createHistogram(name).record(7);
  if (process.argv[2] !== "child") {
    const child = fork(fileURLToPath(import.meta.url), ["child"]);
    child.once("message", async () => {
      await telemetry.forceFlush();
      child.kill("SIGKILL");
      process.kill(process.pid, "SIGKILL");
    });
  } else {
    await telemetry.forceFlush();
    process.send("recorded");
  }
  setInterval(() => {}, 1_000);
`;

test("scrape prints the last figures of a group in which no process lives", async () => {
  const directory = join(newFolder("scrape"), "group");
  mkdirSync(directory, { mode: 0o700 });
  const child = runNode({
    cwd: await application({ "app.mjs": PROGRAM, "start.mjs": START }),
    args: ["--import", "./start.mjs", "app.mjs"],
    env: {
      OTEL_SERVICE_NAME: "shop",
      OTEL_METRICS_EXPORTER: "none",
      TACHYMETER_GROUP_DIRECTORY: directory,
      TACHYMETER_GROUP_INTERVAL: "0.2",
    },
  });
  await child.exit;
  const { exit, stdout, stderr } = await tachymeter("scrape", directory);
  expect([await exit, stderr]).toEqual([
    { code: 0, signal: null },
    expect.stringMatching(/^tachymeter: process \w+: metric "two" is aggregated otherwise there, [^\n]+\n$/),
  ]);
  expect(samples(stdout, "orders_total")).toEqual(['orders_total{kind="card"} 20']);
  // A terminal would follow the escape sequence.
  expect(samples(stdout, "mails_total")).toEqual(['mails_total{to="\u001b[31mred"} 2']);
  const { folder, installed } = await packedProject();
  const command = [process.execPath, join(installed, "dist", "tachymeter.js"), "scrape", directory];
  const terminal = inTerminal({ command, cwd: folder });
  await terminal.exit;
  expect(terminal.written).toContain(String.raw`to="\u001b[31mred"} 2`);
  expect(terminal.written).not.toContain("\u001b[31m");
  for (const name of ["sizes", "viewed", "exponential", "two"])
    expect(samples(stdout, `${name}_sum`)).toEqual([`${name}_sum{} 14`]);
  expect(samples(stdout, "viewed_bucket")).toContain('viewed_bucket{le="3"} 0');
  expect(samples(stdout, "summed_total")).toEqual(["summed_total{} 14"]);
  expect(stdout).toMatch(/^target_info\{service_instance_id="[^"]+",service_name="shop"\} 1$/m);
});

test("scrape without a group, or with several directories, says what is wrong", async () => {
  const missing = await tachymeter("scrape", join(newFolder("scrape"), "nothing"));
  expect([(await missing.exit).code, missing.stderr]).toEqual([
    1,
    expect.stringContaining("there is no group"),
  ]);
  const several = await tachymeter("scrape", "a", "b");
  expect([(await several.exit).code, several.stderr]).toEqual([
    2,
    expect.stringContaining("expected one directory"),
  ]);
});
