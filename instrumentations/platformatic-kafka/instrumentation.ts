// The messages of the `@platformatic/kafka` package, and its consumers' groups, as it publishes them on its channels.
import { Coordination } from "../../src/facades/index.ts";
import { type Attach, Destinations, LibraryInstrumentation, type Recording } from "../shared/index.ts";
import { watchConnections } from "./channels.ts";
import { watchGroups } from "./groups.ts";
import { watchMessages } from "./messages.ts";
import { platformaticKafka, type PlatformaticKafkaInstrumentationConfig } from "./index.ts";

/**
 * Records what the producers and consumers of the `@platformatic/kafka` package send, receive and commit, how far these
 * are behind, and their membership in consumer groups.
 *
 * @example
 * new PlatformaticKafkaInstrumentation({ messaging, coordination });
 */
export class PlatformaticKafkaInstrumentation extends LibraryInstrumentation<PlatformaticKafkaInstrumentationConfig> {
  constructor(config: PlatformaticKafkaInstrumentationConfig = {}) {
    super(platformaticKafka, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<PlatformaticKafkaInstrumentationConfig>): Attach | undefined {
  const destinations = new Destinations(recording, { system: "kafka" });
  const coordination =
    recording.config.coordination ?? new Coordination({ meterProvider: recording.meterProvider });
  const consumers = watchMessages(recording, destinations);
  watchGroups(recording, coordination, consumers);
  watchConnections(recording);
  return undefined;
}
