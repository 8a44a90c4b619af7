// An uninstrumented application: sends itself five jobs through POSTGRES_URL. Runs until its standard input closes.
import * as loaded from "pg-boss";

// The default export of older versions.
const PgBoss = loaded.PgBoss ?? loaded.default;
const boss = new PgBoss(process.env.POSTGRES_URL);
boss.on("error", (error) => console.error(error));
await boss.start();
await boss.createQueue(process.env.QUEUE_NAME);
for (let i = 0; i < 5; i++) await boss.send(process.env.QUEUE_NAME, { number: i });
let count = 0;
await boss.work(process.env.QUEUE_NAME, { batchSize: 5 }, async (jobs) => {
  count += jobs.length;
  if (count === 5) setTimeout(() => console.log("done"), 50);
});
process.stdin.resume();
process.stdin.once("end", () => process.exit());
