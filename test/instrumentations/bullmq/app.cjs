// Like app.mjs, as CommonJS.
const { Queue, Worker } = require("bullmq");

const connection = { port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const name = process.env.QUEUE_NAME;
const queue = new Queue(name, { connection });
void queue.addBulk([0, 1, 2, 3, 4].map((i) => ({ name: "job", data: { i } })));
let count = 0;
new Worker(name, async () => {}, { connection }).on("completed", () => {
  if (++count === 5) console.log("done");
});

process.stdin.resume();
process.stdin.once("end", () => process.exit());
