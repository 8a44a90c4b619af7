// Like app.mjs, as CommonJS, which must load the package by `import()`.
const topic = process.env.KAFKA_TOPIC;
const connection = { clientId: "app", bootstrapBrokers: [process.env.KAFKA_BROKER] };

async function main() {
  const { Consumer, Producer } = await import("@platformatic/kafka");
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
}

void main();
process.stdin.resume();
process.stdin.once("end", () => process.exit());
