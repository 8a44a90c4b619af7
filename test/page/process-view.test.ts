// The page of one member of a group.
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

test("with TACHYMETER_GROUP_GAUGES=each, the page of a thread has a chart of its gauges", async () => {
  const cwd = await application({
    "app.mjs": `
      import { once } from "node:events";
      import { Worker } from "node:worker_threads";
      import { metrics } from "@opentelemetry/api";
      import { start } from "tachymeter";
      const readers = [{ type: "prometheus", port: 0 }];
      const telemetry = start({ readers, page: true, host: false, runtime: false, live: { resolution: 1 } });
      metrics.getMeter("shop").createGauge("carts").record(3);
      const worker = new Worker(new URL("./worker.mjs", import.meta.url));
      await once(worker, "message");
      await telemetry.ready;
      const chartsOf = async (view) => {
        const from = Date.now() / 1_000 - 60;
        const url = new URL("/page/view?" + new URLSearchParams({ view, from }), telemetry.prometheusUrl);
        const { charts } = await (await fetch(url)).json();
        return charts.map(({ id, series }) => [id, series.map(({ values }) => values.at(-1))]);
      };
      let found = [];
      while (found.length === 0) found = await chartsOf("process/" + process.pid + "/1");
      console.log(JSON.stringify([found, await chartsOf("process/0")]));
      worker.postMessage("end");
      await once(worker, "exit");
      await telemetry.shutdown();
    `,
    "worker.mjs": `
      import { parentPort } from "node:worker_threads";
      import { metrics } from "@opentelemetry/api";
      import { start } from "tachymeter";
      const telemetry = start();
      metrics.getMeter("shop").createGauge("carts").record(8);
      parentPort.postMessage("ready");
      parentPort.once("message", () => telemetry.shutdown());
    `,
  });
  const child = runNode({ cwd, args: ["app.mjs"], env: { TACHYMETER_GROUP_GAUGES: "each" } });
  expect(JSON.parse(await outputOf(child))).toEqual([[["gauge-carts", [8]]], [["gauge-carts", [3]]]]);
});
