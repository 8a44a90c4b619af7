// An uninstrumented application: sends itself five messages by KAFKA_BROKER. Runs until its standard input closes.
import { Kafka, logLevel } from "kafkajs";

const kafka = new Kafka({ brokers: [process.env.KAFKA_BROKER], logLevel: logLevel.NOTHING });
const topic = process.env.KAFKA_TOPIC;
const producer = kafka.producer();
await producer.connect();
await producer.send({ topic, messages: [1, 2, 3, 4, 5].map((i) => ({ value: `job ${i}` })) });
const consumer = kafka.consumer({ groupId: topic });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
let count = 0;
await consumer.run({ eachMessage: async () => void ++count });
// Emitted after the processing of the last message.
consumer.on(consumer.events.END_BATCH_PROCESS, () => {
  if (count === 5) console.log("done");
});

process.stdin.resume();
process.stdin.once("end", () => process.exit());
