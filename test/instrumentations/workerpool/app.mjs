// An uninstrumented application: a pool of two workers runs three tasks, one of which fails. Runs until its standard
// input closes.
import { fileURLToPath } from "node:url";
import workerpool from "workerpool";

const script = fileURLToPath(new URL("tasks.cjs", import.meta.url));
const pool = workerpool.pool(script, { minWorkers: 2, maxWorkers: 2, workerType: "thread" });
const tasks = [{ answer: 1 }, { answer: 2 }, { fail: "told to" }];
await Promise.allSettled(tasks.map((task) => pool.exec("work", [task])));
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => void pool.terminate());
