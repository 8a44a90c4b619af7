// The messages of the `kafkajs` package, and its consumers' groups.
import { isWrapped } from "@opentelemetry/instrumentation";
import { Coordination } from "../../src/facades/index.ts";
import {
  type Attach,
  Destinations,
  LibraryInstrumentation,
  prototypeOf,
  type Recording,
} from "../shared/index.ts";
import { watchConnections } from "./connections.ts";
import { Consumers } from "./consumers.ts";
import { timeHandlers, type Upstream } from "./handlers.ts";
import { countProduced } from "./produced.ts";
import { FILE, kafkaJs, type KafkaJsInstrumentationConfig } from "./index.ts";

/**
 * Records what the producers and consumers of the `kafkajs` package send, receive and process, how far these are behind,
 * and their membership in consumer groups.
 *
 * Where upstream's `instrumentation-kafkajs` is registered, messages and their processing are left to it.
 *
 * @example
 * new KafkaJsInstrumentation({ messaging, coordination });
 */
export class KafkaJsInstrumentation extends LibraryInstrumentation<KafkaJsInstrumentationConfig> {
  constructor(config: KafkaJsInstrumentationConfig = {}) {
    super(kafkaJs, config, () => begin);
  }
}

/** Begins to record. */
export function begin(recording: Recording<KafkaJsInstrumentationConfig>): Attach {
  const destinations = new Destinations(recording, { system: "kafka" });
  const coordination =
    recording.config.coordination ?? new Coordination({ meterProvider: recording.meterProvider });
  const consumers = new Consumers(recording, destinations, coordination);
  let client: object | undefined;
  const upstream: Upstream = {
    // It replaces what makes producers and consumers, and may come and go at any time.
    record: (): boolean => client !== undefined && isWrapped(Reflect.get(client, "producer")),
  };
  return (exports, { path }) => {
    const classes = { default: exports };
    if (path === FILE.client) client = prototypeOf(classes);
    else if (path === FILE.broker) countProduced(recording, destinations, upstream, prototypeOf(classes));
    else if (path === FILE.connection) watchConnections(recording, prototypeOf(classes));
    else if (path === FILE.events) consumers.attachTo(prototypeOf(classes));
    else timeHandlers(recording, destinations, upstream, prototypeOf(classes));
  };
}
