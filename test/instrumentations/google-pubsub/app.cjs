// Like app.mjs, as CommonJS.
const { PubSub } = require("@google-cloud/pubsub");

async function main() {
  const client = new PubSub({ projectId: "shop" });
  const topic = client.topic(process.env.QUEUE_NAME);
  let count = 0;
  client.subscription(process.env.QUEUE_NAME).on("message", (message) => {
    message.ack();
    if (++count === 5) setTimeout(() => console.log("done"), 50);
  });
  for (let i = 0; i < 5; i++) await topic.publishMessage({ data: Buffer.from(`${i}`) });
  process.stdin.resume();
  process.stdin.once("end", () => process.exit());
}

void main();
