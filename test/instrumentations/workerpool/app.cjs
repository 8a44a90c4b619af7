// An uninstrumented application: a pool of two workers runs three tasks, one of which fails. Runs until its standard
// input closes.
const path = require("node:path");
const workerpool = require("workerpool");

const pool = workerpool.pool(path.join(__dirname, "tasks.cjs"), {
  minWorkers: 2,
  maxWorkers: 2,
  workerType: "thread",
});
const tasks = [{ answer: 1 }, { answer: 2 }, { fail: "told to" }];
void Promise.allSettled(tasks.map((task) => pool.exec("work", [task]))).then(() => console.log("done"));

process.stdin.resume();
process.stdin.once("end", () => void pool.terminate());
