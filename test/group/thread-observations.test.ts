// Observable instruments of worker threads: each collection has their current values.
import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, outputOf, runNode } from "../kit/process.ts";

beforeAll(packedProject);

test("two collections at the same time both have the observations of a thread", async () => {
  const cwd = await application({
    "worker.mjs": `import { metrics } from "@opentelemetry/api";
      import { parentPort, workerData } from "node:worker_threads";
      import "tachymeter";
      metrics.getMeter("thread").createObservableGauge(workerData).addCallback(async (result) => {
        parentPort.postMessage("asked");
        await new Promise((resolve) => setTimeout(resolve, 30));
        result.observe(3);
      });
      parentPort.on("message", () => {});
      parentPort.postMessage("ready");`,
    "app.mjs": `import { once } from "node:events";
      import { Worker } from "node:worker_threads";
      import { running } from "tachymeter";
      const scrape = async (name) => {
        const response = await fetch("http://127.0.0.1:" + process.env.OTEL_EXPORTER_PROMETHEUS_PORT + "/metrics");
        return (await response.text()).split("\\n").find((line) => line.startsWith(name + "{"))?.split(" ").at(-1);
      };
      const snapshot = async (name) => {
        const { metrics } = await running().snapshot();
        return Object.entries(metrics).find(([key]) => key.startsWith(name))?.[1].value;
      };
      let scraped, found;
      // A thread that was too late for the scrape shows nothing.
      for (let i = 0; scraped === undefined; i++) {
        const name = "depth" + i;
        const worker = new Worker(new URL("worker.mjs", import.meta.url), { workerData: name });
        await once(worker, "message");
        const scraping = scrape(name);
        // The scrape waits for the thread.
        await once(worker, "message");
        [scraped, found] = await Promise.all([scraping, snapshot(name)]);
        await worker.terminate();
      }
      console.log(scraped, found);`,
  });
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", "app.mjs"],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: `${await freePort()}`, TACHYMETER_HOST: "false" },
  });
  expect(await outputOf(child)).toBe("3 3\n");
});
