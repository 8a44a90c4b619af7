// The messages of the `@platformatic/kafka` package, and its consumers' groups, as it publishes them on its channels.
import { Coordination } from "../../src/facades/index.ts";
import {
  type Attach,
  COORDINATION,
  Destinations,
  type InstrumentedFile,
  LibraryInstrumentation,
  MESSAGING_OPTIONS,
  type MessagingConfig,
  type OptionChecks,
  type Recording,
} from "../shared/index.ts";
import { watchConnections } from "./connections.ts";
import { watchGroups } from "./groups.ts";
import { watchMessages } from "./messages.ts";

/** `destination` names a topic; default: the topic itself. */
export interface PlatformaticKafkaInstrumentationConfig extends MessagingConfig {
  /** Where consumer groups are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  coordination?: Coordination;
}

/**
 * Records what the producers and consumers of the `@platformatic/kafka` package send, receive and commit, how far these
 * are behind, and their membership in consumer groups.
 *
 * @example
 * new PlatformaticKafkaInstrumentation({ messaging, coordination });
 */
export class PlatformaticKafkaInstrumentation extends LibraryInstrumentation<PlatformaticKafkaInstrumentationConfig> {
  static readonly options: OptionChecks<PlatformaticKafkaInstrumentationConfig> = {
    ...MESSAGING_OPTIONS,
    coordination: COORDINATION,
  };

  constructor(config: PlatformaticKafkaInstrumentationConfig = {}) {
    super("platformatic_kafka", config, PlatformaticKafkaInstrumentation.options);
  }

  protected override files(): readonly InstrumentedFile[] {
    return [];
  }

  protected override begin(recording: Recording<PlatformaticKafkaInstrumentationConfig>): Attach | undefined {
    const destinations = new Destinations(recording, { system: "kafka" });
    const coordination =
      recording.config.coordination ?? new Coordination({ meterProvider: recording.meterProvider });
    const consumers = watchMessages(recording, destinations);
    watchGroups(recording, coordination, consumers);
    watchConnections(recording);
    return undefined;
  }
}
