import type { Coordination } from "../../src/facades/index.ts";
import type { Instrumented } from "../shared/instrumented.ts";
import { MESSAGING_OPTIONS, COORDINATION, type MessagingConfig } from "../shared/option-sets.ts";

/** `destination` names a topic; default: the topic itself. */
export interface PlatformaticKafkaInstrumentationConfig extends MessagingConfig {
  /** Where consumer groups are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  coordination?: Coordination;
}

/** Files and options of the instrumentation of `platformatic-kafka`. */
export const platformaticKafka: Instrumented<PlatformaticKafkaInstrumentationConfig> = {
  name: "platformatic_kafka",
  options: {
    ...MESSAGING_OPTIONS,
    coordination: COORDINATION,
  },
  files: [],
};
