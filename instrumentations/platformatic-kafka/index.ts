import type { Instrumented } from "../shared/instrumented.ts";
import { KAFKA_OPTIONS, type KafkaConfig } from "../shared/options.ts";

/** The instrumentation of `@platformatic/kafka`. */
export const platformaticKafka: Instrumented<KafkaConfig> = {
  name: "platformatic_kafka",
  options: KAFKA_OPTIONS,
  files: [],
};
