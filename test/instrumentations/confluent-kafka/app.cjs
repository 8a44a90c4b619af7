// Like app.mjs, as CommonJS, and with batches.
const { BROKER } = require("./in-memory-client.cjs");
const { Kafka, logLevel } = require("@confluentinc/kafka-javascript").KafkaJS;

async function run() {
  const topic = process.env.KAFKA_TOPIC;
  const client = new Kafka({ kafkaJS: { brokers: [BROKER], logLevel: logLevel.NOTHING } });
  const producer = client.producer();
  const consumer = client.consumer({ kafkaJS: { groupId: "workers", fromBeginning: true } });
  await producer.connect();
  await producer.send({ topic, messages: ["a", "b", "c", "d", "e"].map((value) => ({ value })) });
  await producer.send({ topic: "forbidden", messages: [{ value: "x" }] }).catch(() => {});
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  let processed = 0;
  await new Promise((resolve) => {
    void consumer.run({
      eachBatch: async ({ batch }) => {
        processed += batch.messages.length;
        if (processed === 5) setImmediate(resolve);
      },
    });
  });
  console.log("done");
}
void run();

process.stdin.resume();
process.stdin.once("end", () => process.exit());
