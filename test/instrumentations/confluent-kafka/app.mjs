// An uninstrumented application: sends five messages, in two calls, and processes them. Runs until its standard input
// closes.
import { BROKER } from "./in-memory-client.cjs";
import kafka from "@confluentinc/kafka-javascript";

const { Kafka, logLevel } = kafka.KafkaJS;
const topic = process.env.KAFKA_TOPIC;
const client = new Kafka({ kafkaJS: { brokers: [BROKER], logLevel: logLevel.NOTHING } });
const producer = client.producer();
const consumer = client.consumer({ kafkaJS: { groupId: "workers", fromBeginning: true } });
await producer.connect();
await producer.send({ topic, messages: ["a", "b", "c"].map((value) => ({ value })) });
await producer.sendBatch({ topicMessages: [{ topic, messages: [{ value: "d" }, { value: "e" }] }] });
await consumer.connect();
await consumer.subscribe({ topics: [topic] });
let processed = 0;
await new Promise((resolve) => {
  void consumer.run({
    eachMessage: async () => {
      if (++processed === 5) setImmediate(resolve);
    },
  });
});
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => process.exit());
