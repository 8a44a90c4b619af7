// An uninstrumented application: sends itself five messages over AMQP_URL. Runs until its standard input closes.
import amqp from "amqplib";

const model = await amqp.connect(process.env.AMQP_URL);
const channel = await model.createChannel();
await channel.assertQueue("jobs", { durable: false, autoDelete: true });
let count = 0;
await channel.consume("jobs", (message) => {
  channel.ack(message);
  if (++count === 5) console.log("done");
});
for (let i = 0; i < 5; i++) channel.sendToQueue("jobs", Buffer.from(`job ${i}`));

process.stdin.resume();
process.stdin.once("end", () => void model.close());
