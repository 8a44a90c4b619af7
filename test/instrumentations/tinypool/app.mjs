// An uninstrumented application: a pool of two workers runs three tasks, one of which fails. Runs until its standard
// input closes.
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";

const filename = fileURLToPath(new URL("tasks.cjs", import.meta.url));
const pool = new Tinypool({ filename, minThreads: 2, maxThreads: 2 });
await Promise.allSettled([{ answer: 1 }, { answer: 2 }, { fail: "told to" }].map((task) => pool.run(task)));
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => void pool.destroy());
