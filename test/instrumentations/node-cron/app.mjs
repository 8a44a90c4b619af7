// An uninstrumented application: runs jobs of two schedulers. Runs until its standard input closes.
import { Cron } from "croner";
import cron, { createTask } from "node-cron";

await createTask("0 3 * * *", () => {}, { name: "named" }).execute();
await cron.createTask("0 3 * * *", () => {}, { name: "default" }).execute();
const job = new Cron("0 3 * * *", { name: "croner" }, () => {});
await job.trigger();
job.stop();
console.log("done");
process.stdin.resume();
