/** A meter's streams by name, where two that would be one metric meet. */
import { diag } from "@opentelemetry/api";
import { type InstrumentDescriptor, sameInstrument } from "../instruments/descriptor.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { StreamConfiguration } from "./stream-configuration.ts";
import { conflictMessage } from "./conflict-message.ts";
import { Stream } from "./stream.ts";

/** The streams of one meter. */
export class StreamRegistry {
  /** In the order in which they were made. */
  readonly streams: Stream[] = [];
  readonly #byName = new Map<string, Stream[]>();
  readonly #context: ProviderContext;

  constructor(context: ProviderContext) {
    this.#context = context;
  }

  /**
   * The streams of a new instrument. One that a view makes equal to another instrument's is that one; one that has its
   * name but differs is exported beside it, and reported with the view that would keep them apart.
   */
  register(instrument: InstrumentDescriptor, configurations: readonly StreamConfiguration[]): Stream[] {
    const own: Stream[] = [];
    for (const configuration of configurations) own.push(this.#streamFor(instrument, configuration, own));
    return own;
  }

  #streamFor(
    instrument: InstrumentDescriptor,
    configuration: StreamConfiguration,
    own: readonly Stream[],
  ): Stream {
    const { descriptor } = configuration;
    const stream = new Stream(configuration, this.#context);
    if (stream.isDropped) return stream;
    const name = descriptor.name.toLowerCase();
    const namesakes = this.#byName.get(name) ?? [];
    const equal = namesakes.find((other) => !own.includes(other) && isOneMetric(other, configuration));
    const conflict = equal ?? namesakes[0];
    if (conflict !== undefined) diag.warn(conflictMessage(conflict.descriptor, descriptor, instrument));
    if (equal !== undefined) {
      equal.describe(descriptor.description);
      return equal;
    }
    this.streams.push(stream);
    this.#byName.set(name, [...namesakes, stream]);
    stream.attachReaders();
    return stream;
  }
}

// Two instruments that views give one name are one metric, as upstream has it, if they would be aggregated alike.
function isOneMetric({ descriptor, configuration }: Stream, other: StreamConfiguration): boolean {
  return (
    sameInstrument(descriptor, other.descriptor) &&
    JSON.stringify(configuration.aggregation) === JSON.stringify(other.aggregation) &&
    configuration.cardinalityLimit === other.cardinalityLimit &&
    keepsAll(configuration) &&
    keepsAll(other)
  );
}

function keepsAll({ filter }: StreamConfiguration): boolean {
  return filter.kind === "keys" && filter.keeps === undefined;
}
