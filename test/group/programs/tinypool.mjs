// A pool of tinypool. Its threads are idle afterwards: they sit in Atomics.wait and read no message.
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import { endWithInput, expectTotals, work } from "./work.mjs";

const TASKS = Array.from({ length: 40 }, (_, i) => 10 + i);
const filename = fileURLToPath(new URL("tasks.mjs", import.meta.url));
const pool = new Tinypool({ filename, minThreads: 3, maxThreads: 3 });

work(50, "main");
await Promise.all(TASKS.map((calls) => pool.run(calls, { name: "task" })));
expectTotals([50, ...TASKS], pool.threads.length);
endWithInput(() => pool.destroy());
