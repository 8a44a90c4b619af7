// Like app.mjs, as CommonJS.
const { Kafka, logLevel } = require("kafkajs");

const kafka = new Kafka({ brokers: [process.env.KAFKA_BROKER], logLevel: logLevel.NOTHING });
const topic = process.env.KAFKA_TOPIC;

async function main() {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [1, 2, 3, 4, 5].map((i) => ({ value: `job ${i}` })) });
  const consumer = kafka.consumer({ groupId: topic });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let count = 0;
  await consumer.run({ eachMessage: async () => void ++count });
  consumer.on(consumer.events.END_BATCH_PROCESS, () => {
    if (count === 5) console.log("done");
  });
}

void main();
process.stdin.resume();
process.stdin.once("end", () => process.exit());
