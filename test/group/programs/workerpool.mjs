// A pool of workerpool, of threads or, with argument `process`, of child processes.
import { fileURLToPath } from "node:url";
import workerpool from "workerpool";
import { endWithInput, expectTotals, work } from "./work.mjs";

const TASKS = Array.from({ length: 40 }, (_, i) => 10 + i);
const script = fileURLToPath(new URL("workerpool-tasks.mjs", import.meta.url));
const workerType = process.argv[2] === "process" ? "process" : "thread";
// Its processes do not inherit flags.
const forkOpts = { execArgv: process.execArgv };
const pool = workerpool.pool(script, { minWorkers: 3, maxWorkers: 3, workerType, forkOpts });

work(50, "main");
await Promise.all(TASKS.map((calls) => pool.exec("task", [calls])));
expectTotals([50, ...TASKS], pool.stats().totalWorkers);
endWithInput(() => pool.terminate());
