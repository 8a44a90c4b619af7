// Like app.cjs, as an ES module.
import { promisify } from "node:util";
import zookeeper from "node-zookeeper-client";

const client = zookeeper.createClient(process.env.ZOOKEEPER);
const create = promisify(client.create.bind(client));
const getData = promisify(client.getData.bind(client));

async function createNodes() {
  for (let i = 0; i < 5; i++) {
    const path = await create("/job-", Buffer.from("x"), zookeeper.CreateMode.PERSISTENT_SEQUENTIAL);
    await getData(path);
  }
  console.log("done");
}

client.once("connected", () => void createNodes());
client.connect();

process.stdin.resume();
process.stdin.once("end", () => client.close());
