import type { Coordination } from "../../src/facades/index.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, COORDINATION, type MessagingConfig } from "../shared/option-sets.ts";

const VERSIONS = [">=1.16.0 <3"];
export const FILE = {
  client: "src/index.js",
  broker: "src/broker/index.js",
  connection: "src/network/connection.js",
  events: "src/instrumentation/emitter.js",
  runner: "src/consumer/runner.js",
} as const;

/** `destination` names a topic; default: the topic itself. */
export interface KafkaJsInstrumentationConfig extends MessagingConfig {
  /** Where consumer groups are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  coordination?: Coordination;
}

/** Files and options of the instrumentation of `kafkajs`. */
export const kafkaJs: Instrumented<KafkaJsInstrumentationConfig> = {
  name: "kafkajs",
  options: {
    ...MESSAGING_OPTIONS,
    coordination: COORDINATION,
  },
  files: Object.values(FILE).map((path) => ({ library: "kafkajs", path, versions: VERSIONS })),
};
