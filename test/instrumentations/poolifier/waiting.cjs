// A pool of one worker, with three tasks that never end. Runs until its standard input closes.
const path = require("node:path");
const { FixedThreadPool } = require("poolifier");

const pool = new FixedThreadPool(1, path.join(__dirname, "tasks.cjs"));
const gate = new Int32Array(new SharedArrayBuffer(4));
for (let i = 0; i < 3; i++) void pool.execute({ gate });
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => process.exit());
