// Like app.mjs, as CommonJS.
const { Etcd3 } = require("etcd3");

const client = new Etcd3({ hosts: process.env.ETCD_URL });

async function run() {
  await client.lock("jobs").do(() => {});
  const campaign = await client.election(process.env.ELECTION).campaign("node-1").wait();
  console.log("done");
  process.stdin.resume();
  process.stdin.once("end", () => void campaign.resign().finally(() => client.close()));
}

void run();
