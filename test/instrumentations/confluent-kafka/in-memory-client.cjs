// Stands in for the callback clients of `@confluentinc/kafka-javascript` that need its native binding: a topic with one
// partition in memory. Load it before the package, whose promise-based clients run over it.
const { EventEmitter } = require("node:events");
const { createRequire } = require("node:module");
const path = require("node:path");

const entry = require.resolve("@confluentinc/kafka-javascript");
const inner = createRequire(entry);
const topics = new Map();
const consumers = new Set();

class Client extends EventEmitter {
  constructor(config) {
    super();
    this.config = config;
    this.name = "in memory";
  }

  connect(_, callback) {
    setImmediate(() => {
      this.emit("ready");
      callback(null);
    });
  }

  disconnect(callback) {
    consumers.delete(this);
    setImmediate(() => callback(null));
  }
}

class Producer extends Client {
  setPollInBackground() {}

  produce(topic, _, value, key, timestamp, opaque, headers) {
    if (topic === "forbidden") throw new Error("not allowed");
    const messages = topics.get(topic) ?? [];
    topics.set(topic, messages);
    const offset = messages.length;
    messages.push({ topic, partition: 0, offset, value, key, timestamp, headers, size: value.length });
    setImmediate(() => this.emit("delivery-report", null, { topic, partition: 0, offset, opaque }));
    for (const consumer of consumers) consumer.config.queue_non_empty_cb();
  }
}

class KafkaConsumer extends Client {
  offset = 0;
  topic = undefined;

  setDefaultIsTimeoutOnlyForFirstMessage() {}
  setDefaultConsumeTimeout() {}
  _offsetsStoreSingle() {}
  unsubscribe() {}
  rebalanceProtocol = () => "EAGER";
  assignmentLost = () => false;
  isConnected = () => true;
  assignments = () => [{ topic: this.topic, partition: 0 }];
  getWatermarkOffsets = () => ({ lowOffset: 0, highOffset: topics.get(this.topic)?.length ?? 0 });

  subscribe([topic]) {
    this.topic = topic;
    consumers.add(this);
  }

  seek({ offset }, _, callback) {
    this.offset = Number(offset);
    setImmediate(() => {
      callback(null);
      this.config.queue_non_empty_cb();
    });
  }

  commitCb(_, callback) {
    setImmediate(() => callback(null));
  }

  consume(count, callback) {
    const messages = (topics.get(this.topic) ?? []).slice(this.offset, this.offset + count);
    this.offset += messages.length;
    setImmediate(() => callback(null, messages));
  }
}

const replace = (file, exports) => {
  const filename = inner.resolve(path.join(entry, "..", file));
  require.cache[filename] = { id: filename, filename, loaded: true, exports, children: [], paths: [] };
};
replace("../librdkafka.js", { err2str: String, features: () => "", librdkafkaVersion: "" });
replace("rdkafka.js", { Producer, KafkaConsumer, AdminClient: {} });

exports.BROKER = "127.0.0.1:9092";
