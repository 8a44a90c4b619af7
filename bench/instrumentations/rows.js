// The measurements: five kinds of message traffic, each as in an application, and the part in which an
// instrumentation works, without the layers below. For calls of models, the client without a network.
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { mustBe } from "../measure.js";

const require = createRequire(import.meta.url);
const echo = join(import.meta.dirname, "echo.cjs");
const noop = join(import.meta.dirname, "no-op.cjs");

/**
 * Rows by name. `live` returns a function that sends `batch` messages. In `own`, `stub` makes the methods exported by
 * `files` do nothing. `make` returns a function that calls the replaced methods for each of `n` messages. Each
 * message counts once in `metric`. Rows with `mustMicros` have no `own`: the processor time that an instrumentation adds to a
 * message must not be more.
 */
export const rows = {
  "RabbitMQ, publish and ack": {
    library: "amqplib",
    server: "rabbitmq",
    metric: "messages.sent",
    batch: 2_000,
    async live(url, batch) {
      const connection = await require("amqplib").connect(url);
      const [sender, receiver] = [await connection.createChannel(), await connection.createChannel()];
      const { queue } = await receiver.assertQueue("", { exclusive: true });
      const content = Buffer.alloc(100, "x");
      const batches = new Arrivals(batch);
      await receiver.consume(queue, (message) => {
        receiver.ack(message);
        batches.arrived();
      });
      return async () => {
        for (let i = 0; i < batch; i++) sender.sendToQueue(queue, content);
        await batches.complete();
      };
    },
    own: {
      files: () => [join(folderOf("amqplib"), "lib/channel.js")],
      stub({ Channel, BaseChannel }) {
        const nothing = () => {};
        Object.assign(Channel.prototype, { sendMessage: nothing, sendImmediately: nothing });
        Object.assign(BaseChannel.prototype, { dispatchMessage: nothing });
        // Replies to every request at once, like the broker to `consume`.
        const consumeOk = { id: 0x3c0015, fields: { consumerTag: "tag" } };
        Channel.prototype.sendOrEnqueue = (_method, _fields, reply) => reply(null, consumeOk);
      },
      make({ BaseChannel }) {
        // An application's channels are of subclasses of these two.
        const channel = Object.create(BaseChannel.prototype);
        channel.sendOrEnqueue(0x3c0014, { queue: "jobs", noAck: false }, () => {});
        const address = { exchange: "", routingKey: "jobs" };
        const content = Buffer.alloc(100);
        const delivery = { consumerTag: "tag", deliveryTag: 0 };
        const ack = { deliveryTag: 0, multiple: false };
        const message = { fields: delivery, content };
        let tag = 0;
        return (n) => {
          for (let i = 0; i < n; i++) {
            channel.sendMessage(address, address, content);
            delivery.deliveryTag = ack.deliveryTag = ++tag;
            channel.dispatchMessage(delivery, message);
            channel.sendImmediately(0x3c0050, ack);
          }
        };
      },
    },
  },
  "Redis, pipelined publish": {
    library: "ioredis",
    server: "redis",
    metric: "messages.sent",
    batch: 2_000,
    async live(url, batch) {
      const { Redis } = require("ioredis");
      const client = new Redis(url);
      await once(client, "ready");
      const content = "x".repeat(100);
      return async () => {
        const pipeline = client.pipeline();
        for (let i = 0; i < batch; i++) pipeline.publish("jobs", content);
        await pipeline.exec();
      };
    },
    own: {
      files: () => [join(folderOf("ioredis"), "built/Command.js")],
      stub: ({ default: Command }) => void (Command.prototype.transformReply = () => {}),
      make({ default: Command }) {
        const command = new Command("publish", ["jobs", "x"]);
        return (n) => {
          for (let i = 0; i < n; i++) command.transformReply(1);
        };
      },
    },
  },
  "MQTT, QoS 0": {
    library: "mqtt",
    server: "mosquitto",
    metric: "messages.sent",
    batch: 1_000,
    async live(url, batch) {
      const client = await require("mqtt").connectAsync(url);
      // The processes of one group share the broker.
      const topic = `jobs-${process.pid}`;
      await client.subscribeAsync(topic);
      const content = Buffer.alloc(100, "x");
      const batches = new Arrivals(batch);
      client.on("message", () => batches.arrived());
      return async () => {
        for (let i = 0; i < batch; i++) client.publish(topic, content);
        await batches.complete();
      };
    },
    own: {
      files: () => [join(folderOf("mqtt"), "build/lib/client.js")],
      stub: ({ default: MqttClient }) => void (MqttClient.prototype.emit = () => true),
      make({ default: MqttClient }) {
        const client = Object.create(MqttClient.prototype);
        const packet = { cmd: "publish", topic: "jobs", payload: Buffer.alloc(100), qos: 0 };
        return (n) => {
          for (let i = 0; i < n; i++) {
            client.emit("packetsend", packet);
            client.emit("message", "jobs", packet.payload, packet);
          }
        };
      },
    },
  },
  "worker, echo": {
    library: "worker-threads",
    metric: "kernel.messages.received",
    batch: 2_000,
    async live(_url, batch) {
      const { Worker } = require("node:worker_threads");
      const worker = new Worker(echo);
      await once(worker, "online");
      const batches = new Arrivals(batch);
      worker.on("message", () => batches.arrived());
      return async () => {
        for (let i = 0; i < batch; i++) worker.postMessage(i);
        await batches.complete();
      };
    },
    own: {
      files: () => ["node:worker_threads"],
      stub({ Worker }) {
        Object.assign(Worker.prototype, { postMessage: () => {}, emit: () => true });
      },
      make({ Worker }) {
        const worker = new Worker(echo);
        return (n) => {
          for (let i = 0; i < n; i++) {
            worker.postMessage(i);
            worker.emit("message", i);
          }
        };
      },
    },
  },
  "piscina, no-op": {
    library: "piscina",
    metric: "kernel.pool.tasks",
    batch: 500,
    async live(_url, batch) {
      const Piscina = require("piscina");
      const pool = new Piscina({ filename: noop, minThreads: 1, maxThreads: 1 });
      return async () => {
        const tasks = [];
        for (let i = 0; i < batch; i++) tasks.push(pool.run(i));
        await Promise.all(tasks);
      };
    },
    own: {
      files: () =>
        ["dist/index.js", "dist/task_queue/index.js"].map((file) => join(folderOf("piscina"), file)),
      stub({ Piscina }, { TaskInfo }) {
        Piscina.prototype.run = () => {};
        Object.assign(TaskInfo.prototype, { releaseTask: () => {}, done: () => {} });
      },
      make({ Piscina }, { TaskInfo }) {
        const pool = new Piscina({ filename: noop, minThreads: 0 });
        const { asyncId } = pool;
        pool.run(0);
        const task = Object.create(TaskInfo.prototype, {
          created: { value: performance.now() },
          started: { value: performance.now() },
          triggerAsyncId: { value: () => asyncId },
        });
        return (n) => {
          for (let i = 0; i < n; i++) {
            pool.run(i);
            task.releaseTask();
            task.done(null, i);
          }
        };
      },
    },
  },
  "openai, call": {
    library: "openai",
    metric: "gen_ai.client.inference.duration",
    batch: 100,
    mustMicros: 20,
    async live(_url, batch) {
      const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "x" } }];
      const body = JSON.stringify({ model: "gpt-5", choices, usage });
      const client = modelClient(() => body, "application/json");
      return async () => {
        for (let i = 0; i < batch; i++) await client.chat.completions.create(asked);
      };
    },
  },
  "openai, streamed chunk": {
    library: "openai",
    metric: "gen_ai.client.inference.time_per_output_chunk",
    batch: 2_000,
    mustMicros: 1,
    async live(_url, batch) {
      const chunk = { model: "gpt-5", choices: [{ index: 0, delta: { content: "x" } }] };
      // The time of the first chunk is in a metric of its own.
      const chunks = [...Array.from({ length: batch }, () => chunk), { model: "gpt-5", choices: [], usage }];
      const events = [...chunks.map((each) => JSON.stringify(each)), "[DONE]"];
      const pieces = events.map((event) => Buffer.from(`data: ${event}\n\n`));
      const client = modelClient(() => ReadableStream.from(pieces), "text/event-stream");
      return async () => {
        let seen = 0;
        for await (const each of await client.chat.completions.create({ ...asked, stream: true })) {
          if (each.model === "gpt-5") seen++;
        }
        mustBe(seen, batch + 1);
      };
    },
  },
  "AI SDK, call": {
    library: "ai-sdk",
    metric: "gen_ai.client.inference.duration",
    batch: 100,
    mustMicros: 20,
    async live(_url, batch) {
      const { generateText } = require("ai");
      const model = modelOfAi({
        doGenerate: async () => ({
          content: [{ type: "text", text: "x" }],
          finishReason: { unified: "stop", raw: "stop" },
          usage: usageOfAi,
          warnings: [],
        }),
      });
      return async () => {
        for (let i = 0; i < batch; i++) await generateText({ model, prompt: "x" });
      };
    },
  },
  "AI SDK, streamed chunk": {
    library: "ai-sdk",
    metric: "gen_ai.client.inference.time_per_output_chunk",
    batch: 2_000,
    mustMicros: 1,
    async live(_url, batch) {
      const { streamText } = require("ai");
      const delta = { type: "text-delta", id: "1", delta: "x" };
      const parts = [
        { type: "stream-start", warnings: [] },
        { type: "text-start", id: "1" },
        // The time of the first chunk is in a metric of its own.
        ...Array.from({ length: batch + 1 }, () => delta),
        { type: "text-end", id: "1" },
        { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage: usageOfAi },
      ];
      const model = modelOfAi({ doStream: async () => ({ stream: ReadableStream.from(parts) }) });
      return async () => {
        let seen = 0;
        for await (const _ of streamText({ model, prompt: "x" }).textStream) seen++;
        mustBe(seen, batch + 1);
      };
    },
  },
};

const asked = { model: "gpt-5", messages: [{ role: "user", content: "x" }] };
const usage = { prompt_tokens: 100, completion_tokens: 40, prompt_tokens_details: { cached_tokens: 64 } };

const usageOfAi = {
  inputTokens: { total: 100, noCache: 36, cacheRead: 64, cacheWrite: 0 },
  outputTokens: { total: 40, text: 40, reasoning: 0 },
};

// A client whose requests have this response at once.
function modelClient(makeBody, type) {
  const { OpenAI } = require("openai");
  const fetch = async () => new Response(makeBody(), { headers: { "content-type": type } });
  return new OpenAI({ apiKey: "x", baseURL: "http://models.example/v1", fetch });
}

// A model that needs no client, of a class like those of providers. The AI SDK calls its methods.
function modelOfAi(methods) {
  class Model {
    specificationVersion = "v3";
    provider = "openai.chat";
    modelId = "gpt-5";
    supportedUrls = {};
  }
  Object.assign(Model.prototype, methods);
  return new Model();
}

function folderOf(library) {
  const inside = require.resolve(library);
  return inside.slice(0, inside.lastIndexOf(`node_modules/${library}/`) + `node_modules/${library}`.length);
}

// Received messages, counted in batches.
class Arrivals {
  #size;
  #left = 0;
  #done;

  constructor(size) {
    this.#size = size;
    this.#left = size;
  }

  arrived() {
    if (--this.#left > 0) return;
    this.#left = this.#size;
    this.#done();
  }

  complete() {
    return new Promise((resolve) => {
      this.#done = resolve;
    });
  }
}
