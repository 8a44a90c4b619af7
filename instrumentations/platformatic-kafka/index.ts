import type { Instrumented } from "../shared/instrumented.ts";
import { KAFKA_OPTIONS, type KafkaConfig } from "../shared/options.ts";

/** The instrumentation of `@platformatic/kafka`. */
export const platformaticKafka: Instrumented<KafkaConfig> = {
  name: "platformatic_kafka",
  options: KAFKA_OPTIONS,
  files: [],
  beginsAtOnce: false,
  publishedSince: "1.35.0",
  channels: [
    "base:metadata",
    "connections:api",
    "connections:pool:get",
    "consumer:commits",
    "consumer:fetches",
    "consumer:group",
    "consumer:heartbeat",
    "consumer:receives",
    "producer:sends",
  ].map((channel) => `tracing:plt:kafka:${channel}:start`),
};
