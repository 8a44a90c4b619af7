// An uninstrumented application: a pool of two workers runs three tasks, one of which fails. Runs until its standard
// input closes.
import { fileURLToPath } from "node:url";
import { FixedThreadPool } from "poolifier";

const pool = new FixedThreadPool(2, fileURLToPath(new URL("tasks.cjs", import.meta.url)));
const tasks = [{ answer: 2 }, { fail: "told to" }].map((task) => pool.execute(task));
await Promise.allSettled([pool.mapExecute([{ answer: 1 }]), ...tasks]);
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => void pool.destroy());
