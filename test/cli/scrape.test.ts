import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode } from "../kit/process.ts";
import { samples } from "../instrumentations/applications.ts";
import { tachymeter } from "./running.ts";

beforeAll(packedProject);

// A parent and a child, which are killed together.
const PROGRAM = `
  import { fork } from "node:child_process";
  import { fileURLToPath } from "node:url";
  import { metrics } from "@opentelemetry/api";
  const meter = metrics.getMeter("shop");
  meter.createCounter("orders").add(10, { kind: "card" });
  meter.createHistogram("sizes").record(7);
  if (process.argv[2] !== "child") {
    const child = fork(fileURLToPath(import.meta.url), ["child"]);
    setTimeout(() => {
      child.kill("SIGKILL");
      process.kill(process.pid, "SIGKILL");
    }, 2_500);
  }
  setInterval(() => {}, 1_000);
`;

test("scrape prints the last figures of a group in which no process lives", async () => {
  const directory = join(newFolder("scrape"), "group");
  mkdirSync(directory, { mode: 0o700 });
  const child = runNode({
    cwd: await application({ "app.mjs": PROGRAM }),
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: {
      OTEL_SERVICE_NAME: "shop",
      OTEL_METRICS_EXPORTER: "none",
      TACHYMETER_GROUP_DIRECTORY: directory,
      TACHYMETER_GROUP_INTERVAL: "0.2",
    },
  });
  await child.exit;
  const { exit, stdout, stderr } = await tachymeter("scrape", directory);
  expect([await exit, stderr]).toEqual([{ code: 0, signal: null }, ""]);
  expect(samples(stdout, "orders_total")).toEqual(['orders_total{kind="card"} 20']);
  expect(samples(stdout, "sizes_sum")).toEqual(["sizes_sum{} 14"]);
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
