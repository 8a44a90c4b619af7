// An uninstrumented application: a pool of two workers runs three tasks, one of which fails. Runs until its standard
// input closes.
const path = require("node:path");
const { FixedThreadPool } = require("poolifier");

const pool = new FixedThreadPool(2, path.join(__dirname, "tasks.cjs"));
const tasks = [{ answer: 2 }, { fail: "told to" }].map((task) => pool.execute(task));
void Promise.allSettled([pool.mapExecute([{ answer: 1 }]), ...tasks]).then(() => console.log("done"));

process.stdin.resume();
process.stdin.once("end", () => void pool.destroy());
