// An uninstrumented application: five documents into MONGODB_URL. Runs until its standard input closes.
import { MongoClient } from "mongodb";

const client = new MongoClient(process.env.MONGODB_URL);
for (let i = 0; i < 5; i++) await client.db("shop").collection("orders").insertOne({ number: i });
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => void client.close());
