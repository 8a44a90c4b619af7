// An uninstrumented application: creates five nodes in the ZooKeeper at ZOOKEEPER and reads each. Runs until its
// standard input closes.
const { promisify } = require("node:util");
const zookeeper = require("node-zookeeper-client");

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
