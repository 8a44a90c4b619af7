// Queues of BullMQ at REDIS_URL and of RabbitMQ at RABBITMQ_URL, and a subscriber at BROKER_URL, which the test restarts.
import amqp from "amqplib";
import { Queue, Worker } from "bullmq";
import Redis from "ioredis";
import { isFaulty, run } from "./steps.js";

const connection = { port: Number(new URL(process.env.REDIS_URL).port), maxRetriesPerRequest: null };
const [mail, jobs] = ["mail", "jobs"].map((name) => new Queue(name, { connection }));
let reports;
let release = () => {};
let gate = Promise.resolve();
new Worker("mail", async () => {}, { connection, drainDelay: 0.1 }).on("error", () => {});
new Worker("jobs", () => gate, { connection, drainDelay: 0.1 }).on("error", () => {});

// More jobs than the worker can take, which is paused.
async function growing() {
  if (isFaulty) {
    await mail.pause();
    await mail.addBulk(Array.from({ length: 40 }, () => ({ name: "letter" })));
  } else {
    await mail.drain();
    await mail.resume();
    await mail.add("letter", {});
  }
}

// A processor that never ends, while further jobs wait.
let isHanging = false;
async function stuck() {
  if (isFaulty && !isHanging) gate = new Promise((resolve) => (release = resolve));
  if (!isFaulty && isHanging) release();
  if (!isFaulty && isHanging) gate = Promise.resolve();
  isHanging = isFaulty;
  if ((await jobs.getWaitingCount()) < 3) await jobs.add("job", {});
}

// A queue whose client is closed, so that its size is not read any more.
async function unread() {
  if (isFaulty) {
    await reports?.close();
    reports = undefined;
  } else {
    // The size is read only if the client has added a job.
    reports ??= new Queue("reports", { connection });
    await reports.drain();
    await reports.add("report", {});
  }
}

// A message that is refused and returned again and again.
const channel = await (await amqp.connect(process.env.RABBITMQ_URL)).createChannel();
await channel.assertQueue("orders");
await channel.prefetch(10);
await channel.consume("orders", (message) =>
  setTimeout(() => (isFaulty ? channel.nack(message) : channel.ack(message)), 50),
);
let isRefusing = false;
function redelivered() {
  // The first one of a fault is there to be refused: those before it may all have been acknowledged.
  if (!isFaulty || !isRefusing) channel.sendToQueue("orders", Buffer.from("order"));
  isRefusing = isFaulty;
}

// A connection that is lost whenever the test kills the broker.
const subscriber = new Redis(process.env.BROKER_URL, { retryStrategy: () => 100 });
let connections = 0;
subscriber.on("error", () => {});
subscriber.on("ready", () => console.log(`connection ${++connections}`));
await subscriber.subscribe("news");

run(
  [growing, stuck, unread, redelivered].map((act) => ({ act })),
  30,
);
