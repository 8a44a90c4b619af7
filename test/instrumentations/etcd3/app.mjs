// An uninstrumented application: takes a lock and is elected at ETCD_URL. Runs until its standard input closes.
import { Etcd3 } from "etcd3";

const client = new Etcd3({ hosts: process.env.ETCD_URL });
await client.lock("jobs").do(() => {});
const campaign = await client.election(process.env.ELECTION).campaign("node-1").wait();
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => void campaign.resign().finally(() => client.close()));
