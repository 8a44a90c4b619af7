import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

const quiet = { OTEL_METRICS_EXPORTER: "none", TACHYMETER_HOST: "false", TACHYMETER_RUNTIME: "false" };

test.each([
  [
    "switched on",
    {},
    {
      'commands_executed_total{command_name="node",outcome="failure"}': 2,
      'commands_executed_total{command_name="node",outcome="success"}': 4,
    },
  ],
  ["switched off", { OTEL_NODE_DISABLED_INSTRUMENTATIONS: "child_process" }, {}],
])(
  "with the instrumentation %s, each child process of a worker thread is counted as expected",
  async (_, env, counts) => {
    const cwd = await application({
      "app.mjs": `
      import { once } from "node:events";
      import { setTimeout } from "node:timers/promises";
      import { Worker } from "node:worker_threads";
      import { running } from "tachymeter";
      const workers = [1, 2].map(() => new Worker(new URL("./worker.mjs", import.meta.url)));
      await Promise.all(workers.map((worker) => once(worker, "exit")));
      // What a thread has sent may arrive after its exit.
      let counts, before;
      do {
        before = counts;
        await setTimeout(100);
        const { metrics } = await running().snapshot();
        const executed = Object.entries(metrics).filter(([name]) => name.startsWith("commands_executed"));
        counts = JSON.stringify(Object.fromEntries(executed.map(([name, { value }]) => [name, value])));
      } while (counts !== before);
      console.log(counts);`,
      "worker.mjs": `
      import { spawnSync, spawn } from "node:child_process";
      import { once } from "node:events";
      spawnSync("node", ["-e", "process.exit(3)"]);
      spawnSync("node", ["-e", ""]);
      await once(spawn("node", ["-e", ""]), "exit");`,
    });
    const args = ["--import", "tachymeter/register", "app.mjs"];
    const executed: unknown = JSON.parse(await outputOf(runNode({ cwd, args, env: { ...quiet, ...env } })));
    expect(executed).toEqual(counts);
  },
);
