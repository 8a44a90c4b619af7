// An uninstrumented application: a pool of two workers runs three tasks, one of which fails. Runs until its standard
// input closes.
const path = require("node:path");
const tinypool = require("tinypool");

const pool = new tinypool.Tinypool({
  filename: path.join(__dirname, "tasks.cjs"),
  minThreads: 2,
  maxThreads: 2,
});
const tasks = [{ answer: 1 }, { answer: 2 }, { fail: "told to" }];
void Promise.allSettled(tasks.map((task) => pool.run(task))).then(() => console.log("done"));

process.stdin.resume();
process.stdin.once("end", () => void pool.destroy());
