// A shop's back office without any telemetry code. Orders wait in a queue of RabbitMQ. Packed orders are published to
// a Kafka topic, and customers are notified over Redis.
//
//   AMQP_URL, KAFKA_BROKERS, REDIS_URL: addresses; ORDERS: number of orders, default 20.
import amqp from "amqplib";
import { Kafka, logLevel } from "kafkajs";
import { Redis } from "ioredis";

const orders = Number(process.env.ORDERS ?? 20);
const kafka = new Kafka({
  clientId: "orders",
  brokers: (process.env.KAFKA_BROKERS ?? "127.0.0.1:9092").split(","),
  logLevel: logLevel.ERROR,
});
const producer = kafka.producer();
const shipping = kafka.consumer({ groupId: "shipping" });
const redis = new Redis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379");
const customers = redis.duplicate();
const broker = await amqp.connect(process.env.AMQP_URL ?? "amqp://127.0.0.1");
const channel = await broker.createChannel();

// Packs an order; one in ten cannot be packed, and is requeued once.
async function pack(message) {
  const order = JSON.parse(message.content);
  if (order.number % 10 === 0 && !message.fields.redelivered) {
    channel.nack(message);
    return;
  }
  await producer.send({ topic: "packed", messages: [{ key: order.customer, value: message.content }] });
  channel.ack(message);
}

async function ship({ message }) {
  const order = JSON.parse(message.value);
  await redis.publish("customers", `order ${order.number} is on its way`);
}

await channel.assertQueue("orders");
await producer.connect();
await producer.send({ topic: "packed", messages: [] });
await shipping.connect();
await shipping.subscribe({ topic: "packed", fromBeginning: true });
await shipping.run({ eachMessage: ship });
await customers.subscribe("customers");
const told = new Promise((resolve) => {
  let count = 0;
  customers.on("message", () => {
    if (++count === orders) resolve();
  });
});

await channel.consume("orders", (message) => void pack(message));
for (let number = 1; number <= orders; number++) {
  const customer = `customer-${number % 7}`;
  channel.sendToQueue("orders", Buffer.from(JSON.stringify({ number, customer })));
}
await told;
console.log(`${orders} orders are on their way`);

process.once("SIGTERM", () => {
  void Promise.all([shipping.disconnect(), producer.disconnect(), broker.close()]);
  redis.disconnect();
  customers.disconnect();
});
