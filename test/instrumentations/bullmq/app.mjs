// An uninstrumented application: adds and processes five jobs over REDIS_PORT. Runs until its standard input closes.
import { Queue, Worker } from "bullmq";

const connection = { port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const name = process.env.QUEUE_NAME;
const queue = new Queue(name, { connection });
for (let i = 0; i < 5; i++) await queue.add("job", { i });
let count = 0;
new Worker(name, async () => {}, { connection }).on("completed", () => {
  if (++count === 5) console.log("done");
});

process.stdin.resume();
process.stdin.once("end", () => process.exit());
