// A cluster without any telemetry code. Its workers elect a leader over etcd, and take turns in a critical section.
// The leader distributes the work.
//
//   ETCD_URL: address of etcd; WORKERS: number of workers, default 3; ROUNDS: turns of each worker.
import cluster from "node:cluster";
import { setTimeout as delay } from "node:timers/promises";
import { Etcd3, EtcdLockFailedError } from "etcd3";

const workers = Number(process.env.WORKERS ?? 3);
const rounds = Number(process.env.ROUNDS ?? 5);

if (cluster.isPrimary) lead();
else await work();

// Prints when all workers have had their turns, and ends them at SIGTERM.
function lead() {
  let finished = 0;
  cluster.on("message", (worker, message) => {
    if (message.leader) console.log(`worker ${worker.id} is the leader`);
    if (message.turns === rounds && ++finished === workers) console.log("all have had their turns");
    worker.send({ seen: message });
  });
  for (let i = 0; i < workers; i++) cluster.fork();
  process.once("SIGTERM", () => cluster.disconnect());
}

async function work() {
  const etcd = new Etcd3({ hosts: process.env.ETCD_URL ?? "http://127.0.0.1:2379" });
  const campaign = etcd.election("leader").campaign(`${cluster.worker.id}`);
  campaign.on("elected", () => process.send({ leader: true }));
  for (let turns = 1; turns <= rounds; turns++) {
    await inTurn(etcd, () => delay(10));
    process.send({ turns });
  }
  process.once("disconnect", () => {
    void campaign.resign().finally(() => etcd.close());
  });
}

// A lock held by another worker is refused at once.
async function inTurn(etcd, act) {
  for (;;) {
    try {
      return await etcd.lock("stock").ttl(10).do(act);
    } catch (error) {
      if (!(error instanceof EtcdLockFailedError)) throw error;
      await delay(5);
    }
  }
}
