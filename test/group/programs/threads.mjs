// Worker threads of every fate: idle, blocked, ended, failed, terminated, and one made of a string.
import { Worker } from "node:worker_threads";
import { endWithInput, expectTotals, hold, work } from "./work.mjs";

const CALLS = { idle: 101, blocked: 202, ended: 303, failed: 404, terminated: 505, string: 607 };
const code = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.module).then(({ work, hold }) => {
    work(workerData.calls, "string");
    hold(8);
    parentPort.on("message", () => {});
    parentPort.postMessage("worked");
  });
`;

work(50, "main");
hold(1);
const workers = Object.entries(CALLS).map(([fate, calls]) => {
  if (fate === "string") {
    const workerData = { module: new URL("work.mjs", import.meta.url).href, calls };
    return new Worker(code, { eval: true, workerData });
  }
  return new Worker(new URL("thread.mjs", import.meta.url), { workerData: { fate, calls } });
});
await Promise.all(
  workers.map(async (worker, i) => {
    const fate = Object.keys(CALLS)[i];
    const exit = new Promise((resolve) => worker.once("exit", resolve));
    worker.on("error", (error) => {
      if (error.message !== "as intended") throw error;
    });
    // Not `once` of node:events, which rejects if the error comes first.
    await new Promise((resolve) => worker.once("message", resolve));
    if (fate === "terminated") await worker.terminate();
    if (["ended", "failed", "terminated"].includes(fate)) await exit;
  }),
);
expectTotals([50, ...Object.values(CALLS)], 1 + 2 + 4 + 8);
endWithInput();
