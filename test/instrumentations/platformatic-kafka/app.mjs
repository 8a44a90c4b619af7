// An uninstrumented application: sends itself five messages by KAFKA_BROKER. Runs until its standard input closes.
import { Consumer, Producer } from "@platformatic/kafka";

const topic = process.env.KAFKA_TOPIC;
const connection = { clientId: "app", bootstrapBrokers: [process.env.KAFKA_BROKER] };
const producer = new Producer({ ...connection, autocreateTopics: true });
const value = Buffer.from("job");
await producer.send({ messages: Array.from({ length: 5 }, () => ({ topic, value })) });
const consumer = new Consumer({ ...connection, groupId: topic, maxWaitTime: 20 });
const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false });
let count = 0;
stream.on("data", (message) => {
  void message.commit().then(() => {
    if (++count === 5) console.log("done");
  });
});

process.stdin.resume();
process.stdin.once("end", () => process.exit());
