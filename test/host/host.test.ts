import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../packed-project.ts";
import { runNode } from "../process.ts";

beforeAll(packedProject, 180_000);

test("collecting what machine, process and runtime do starts no process", async () => {
  const cwd = await application({
    "count.cjs": `const processes = require("node:child_process");
      globalThis.started = [];
      for (const form of ["spawn", "exec", "execFile", "fork", "spawnSync", "execSync", "execFileSync"]) {
        const original = processes[form];
        processes[form] = (...given) => (started.push(given[0]), original(...given));
      }
      require("node:module").syncBuiltinESMExports();`,
    "app.mjs": `import { running } from "tachymeter";
      const names = new Set();
      for (let collection = 0; collection < 3; collection++) {
        const { metrics } = await running().snapshot();
        for (const key of Object.keys(metrics)) names.add(key.split("{")[0]);
        await new Promise((resolve) => setTimeout(resolve, 700));
      }
      console.log(JSON.stringify({ started, names: [...names] }));`,
  });
  const child = runNode({
    cwd,
    args: ["--require", "./count.cjs", "--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_METRICS_EXPORTER: "none" },
  });
  expect(await child.exit).toEqual({ code: 0, signal: null });
  const { started, names }: { started: string[]; names: string[] } = JSON.parse(child.stdout);
  expect(started).toEqual([]);
  expect(names).toEqual(
    expect.arrayContaining([
      "system_cpu_time_seconds_total",
      "system_memory_usage",
      "process_cpu_time_seconds_total",
      "process_memory_usage",
      "nodejs_eventloop_utilization_ratio",
      "v8js_memory_heap_used_bytes",
    ]),
  );
});
