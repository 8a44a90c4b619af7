// A cluster whose workers want to be elected at ETCD_URL. Lines of standard input: `lose` kills a worker for good,
// `replace` starts another one.
import cluster from "node:cluster";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Etcd3 } from "etcd3";
import { running } from "tachymeter";

if (cluster.isPrimary) await lead();
else await campaign();

async function lead() {
  for (const name of ["first", "second"])
    console.log(`${name} is process ${cluster.fork({ CANDIDATE: name }).process.pid}`);
  const others = [cluster.fork(), cluster.fork()];
  cluster.on("message", (_, message) => console.log(message));
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      if (line === "lose") for (const worker of others.splice(0)) worker.process.kill("SIGKILL");
      if (line === "replace") others.push(cluster.fork(), cluster.fork());
    })
    .once("close", () => process.exit());
  // The workers report to this process once a second.
  while (!(await isLeaderKnown())) await sleep(200);
  console.log("ready");
}

async function isLeaderKnown() {
  const { series } = await running().query("coordination_is_leader == 1");
  return series.length > 0;
}

async function campaign() {
  process.once("disconnect", () => process.exit());
  const name = process.env.CANDIDATE;
  if (name === undefined) return;
  const client = new Etcd3({ hosts: process.env.ETCD_URL });
  for (;;) {
    const election = client.election("scheduler", 4);
    const candidate = election.campaign(name);
    try {
      await new Promise((resolve, reject) => {
        candidate.on("elected", () => process.send(`${name} is elected`));
        candidate.on("error", reject);
      });
    } catch (error) {
      process.send(`${name} has lost: ${error.message}`);
    }
    await candidate.resign().catch(() => {});
    await sleep(200);
  }
}
