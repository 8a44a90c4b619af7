// Jobs of BullMQ at REDIS_URL, and child processes. Both take twenty times as long with the fault.
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Queue, Worker } from "bullmq";
import { isFaulty, run } from "./steps.js";

const connection = { port: Number(new URL(process.env.REDIS_URL).port), maxRetriesPerRequest: null };
const queue = new Queue("jobs", { connection });
new Worker("jobs", () => sleep(isFaulty ? 400 : 20), { connection, concurrency: 10 }).on("error", () => {});
const runCommand = promisify(execFile);

const jobs = () => queue.add("job", {});
const commands = () => runCommand("sleep", [isFaulty ? "2" : "0.1"]);

run(
  [jobs, commands].map((act) => ({ act })),
  30,
);
