import type { Instrumented } from "../shared/instrumented.ts";
import { flagOption, KAFKA_OPTIONS, type KafkaConfig } from "../shared/options.ts";

const VERSIONS = [">=1.16.0 <3"];
export const FILE = {
  broker: "src/broker/index.js",
  connection: "src/network/connection.js",
  events: "src/instrumentation/emitter.js",
  runner: "src/consumer/runner.js",
} as const;

/** Options of the instrumentation of `kafkajs`. */
export interface KafkaJsConfig extends KafkaConfig {
  /**
   * Whether messages and their processing are recorded. `start()` leaves them out if OpenTelemetry's instrumentation is
   * chosen. @defaultValue true
   */
  messages?: boolean;
}

/** The instrumentation of `kafkajs`. */
export const kafkaJs: Instrumented<KafkaJsConfig> = {
  name: "kafkajs",
  options: { ...KAFKA_OPTIONS, messages: flagOption },
  files: Object.values(FILE).map((path) => ({ library: "kafkajs", path, versions: VERSIONS })),
};
