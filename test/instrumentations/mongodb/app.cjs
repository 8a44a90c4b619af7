// Like app.mjs, as CommonJS.
const { MongoClient } = require("mongodb");

const client = new MongoClient(process.env.MONGODB_URL);

async function insert() {
  for (let i = 0; i < 5; i++) await client.db("shop").collection("orders").insertOne({ number: i });
  console.log("done");
}

void insert();
process.stdin.resume();
process.stdin.once("end", () => void client.close());
