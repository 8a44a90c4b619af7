// A handler that fails once for a message, which the consumer then receives again.
const { BROKER } = require("./in-memory-client.cjs");
const { Kafka, logLevel } = require("@confluentinc/kafka-javascript").KafkaJS;

async function run() {
  const client = new Kafka({ kafkaJS: { brokers: [BROKER], logLevel: logLevel.NOTHING } });
  const producer = client.producer();
  const consumer = client.consumer({ kafkaJS: { groupId: "workers", fromBeginning: true } });
  await producer.connect();
  await producer.send({ topic: "jobs", messages: [{ value: "a" }] });
  await consumer.connect();
  await consumer.subscribe({ topics: ["jobs"] });
  let calls = 0;
  await new Promise((resolve) => {
    void consumer.run({
      eachMessage: async () => {
        if (++calls === 1) throw new TypeError("not yet");
        setImmediate(resolve);
      },
    });
  });
  console.log("done");
}
void run();

process.stdin.resume();
process.stdin.once("end", () => process.exit());
