/** A meter's streams by name, to detect those that would be one metric. */
import { diag, ValueType } from "@opentelemetry/api";
import { type InstrumentDescriptor, sameInstrument } from "../instruments/descriptor.ts";
import type { ProviderContext } from "../provider-context.ts";
import type { Scope } from "../scope.ts";
import type { StreamConfiguration } from "./stream-configuration.ts";
import { Stream } from "./stream.ts";

export class StreamRegistry {
  readonly streams: Stream[] = [];
  readonly #byName = new Map<string, Stream[]>();
  readonly #scope: Scope;
  readonly #context: ProviderContext;

  constructor(scope: Scope, context: ProviderContext) {
    this.#scope = scope;
    this.#context = context;
  }

  /** Returns the streams of a new instrument. A stream equal to that of another instrument is shared with it. */
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
    const { descriptor, fixed } = configuration;
    const origin = { scope: this.#scope, instrument, index: own.length, fixed };
    const stream = new Stream(configuration, origin, this.#context);
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

// As in upstream's SDK, instruments with one name by views are one metric if they would be aggregated alike.
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

/** @param added descriptor of the stream that `instrument` adds. */
export function conflictMessage(
  existing: InstrumentDescriptor,
  added: InstrumentDescriptor,
  instrument: InstrumentDescriptor,
): string {
  const differences = differencesOf(existing, added);
  const what =
    differences.length > 0
      ? `already registered with ${differences.join(" and ")}`
      : "another view or instrument has a metric with the same name";
  return `instrument "${added.name}": ${what}; ${remedy(existing, added, instrument)}`;
}

function differencesOf(existing: InstrumentDescriptor, added: InstrumentDescriptor): string[] {
  const differences: string[] = [];
  if (existing.name !== added.name) differences.push(`name "${existing.name}", now "${added.name}"`);
  if (existing.type !== added.type) differences.push(`kind ${existing.type}, now ${added.type}`);
  if (existing.unit !== added.unit) differences.push(`unit "${existing.unit}", now "${added.unit}"`);
  if (existing.valueType !== added.valueType)
    differences.push(`value type ${ValueType[existing.valueType]}, now ${ValueType[added.valueType]}`);
  if (existing.description !== added.description)
    differences.push(
      `description ${JSON.stringify(existing.description)}, now ${JSON.stringify(added.description)}`,
    );
  return differences;
}

function remedy(
  existing: InstrumentDescriptor,
  added: InstrumentDescriptor,
  instrument: InstrumentDescriptor,
): string {
  const selector = { instrumentName: instrument.name };
  if (existing.type !== added.type)
    return `rename one with a view: ${shownView({ ...selector, instrumentType: added.type, name: `${added.name}.2` })}`;
  if (existing.unit !== added.unit)
    return `rename one with a view: ${shownView({ ...selector, instrumentUnit: added.unit, name: `${added.name}.2` })}`;
  // No view can distinguish these two.
  if (existing.valueType !== added.valueType) return "create both with the same value type, or rename one";
  if (existing.description !== added.description)
    return `the longer description is used; set one with a view: ${shownView({ ...selector, description: existing.description })}`;
  if (existing.name !== added.name) return `the first name is used; create both as "${existing.name}"`;
  return `rename one with a view: ${shownView({ ...selector, name: `${added.name}.2` })}`;
}

function shownView(view: Readonly<Record<string, string>>): string {
  const parts = Object.entries(view).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `{ ${parts.join(", ")} }`;
}
