// Like app.mjs, as CommonJS.
const { Agenda } = require("agenda");

async function main() {
  const address = `${process.env.MONGODB_URL}/jobs`;
  const storage =
    "mongo" in Agenda.prototype
      ? { db: { address } }
      : { backend: new (require("@agendajs/mongo-backend").MongoBackend)({ address }) };
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
}

void main();
