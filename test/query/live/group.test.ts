import { beforeAll, expect, test } from "vitest";
import { application, packedProject } from "../../kit/packed-project.ts";
import { outputOf, runNode } from "../../kit/process.ts";

beforeAll(packedProject);

test("live samples have the sums of all threads of the packed package", async () => {
  const cwd = await application({
    "app.mjs": `
      import { once } from "node:events";
      import { Worker } from "node:worker_threads";
      import { start } from "tachymeter";
      const telemetry = start({ readers: [], host: false, runtime: false });
      telemetry.messaging.sent("jobs", 2);
      const worker = new Worker(new URL("./worker.mjs", import.meta.url));
      await once(worker, "message");
      const { series } = await telemetry.query('sum(messages_sent_total{messaging_destination_name=~"j.b[s]"})');
      console.log(series[0].value);
      worker.postMessage("end");
      await once(worker, "exit");
      await telemetry.shutdown();
    `,
    "worker.mjs": `
      import { parentPort } from "node:worker_threads";
      import { start } from "tachymeter";
      const telemetry = start();
      telemetry.messaging.sent("jobs", 5);
      await telemetry.query("1").catch((error) => parentPort.postMessage(error.message));
      parentPort.once("message", () => telemetry.shutdown());
    `,
  });
  const child = runNode({ cwd, args: ["app.mjs"] });
  expect(await outputOf(child)).toBe("7\n");
  expect(child.stderr).toBe("");
});
