import type { Instrumented } from "../shared/instrumented.ts";
import { KAFKA_OPTIONS, type KafkaConfig } from "../shared/options.ts";

const VERSIONS = [">=1.16.0 <3"];
export const FILE = {
  client: "src/index.js",
  broker: "src/broker/index.js",
  connection: "src/network/connection.js",
  events: "src/instrumentation/emitter.js",
  runner: "src/consumer/runner.js",
} as const;

/** The instrumentation of `kafkajs`. */
export const kafkaJs: Instrumented<KafkaConfig> = {
  name: "kafkajs",
  options: KAFKA_OPTIONS,
  files: Object.values(FILE).map((path) => ({ library: "kafkajs", path, versions: VERSIONS })),
};
