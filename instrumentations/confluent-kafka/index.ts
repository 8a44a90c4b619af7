import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, type MessagingConfig } from "../shared/options.ts";

const library = "@confluentinc/kafka-javascript";
const versions = [">=1.0.0 <2"];
export const FILE = { producer: "lib/kafkajs/_producer.js", consumer: "lib/kafkajs/_consumer.js" } as const;

/** The instrumentation of `@confluentinc/kafka-javascript`. */
export const confluentKafka: Instrumented<MessagingConfig> = {
  name: "confluent_kafka",
  options: MESSAGING_OPTIONS,
  files: Object.values(FILE).map((path) => ({ library, path, versions })),
};
