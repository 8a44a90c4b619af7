// An uninstrumented application: runs five jobs that it has saved in MONGODB_URL. Runs until its standard input closes.
import { Agenda } from "agenda";

const address = `${process.env.MONGODB_URL}/jobs`;
// From version 6 on, another package has the storage.
const storage =
  "mongo" in Agenda.prototype
    ? { db: { address } }
    : { backend: new (await import("@agendajs/mongo-backend")).MongoBackend({ address }) };
const agenda = new Agenda({ ...storage, processEvery: 100 });
agenda.on("error", (error) => console.error(error));
let count = 0;
agenda.define(process.env.JOB_NAME, () => {
  if (++count === 5) setTimeout(() => console.log("done"), 300);
});
await agenda.start();
for (let i = 0; i < 5; i++) await agenda.now(process.env.JOB_NAME, { number: i });
process.stdin.resume();
process.stdin.once("end", () => process.exit());
