// Runs a program on a provider and keeps the collections of its readers.
import type { Meter, MeterProvider, MetricOptions } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  InstrumentType,
  type MeterProviderOptions,
  MetricReader,
  type ResourceMetrics,
} from "tachymeter/metrics";
import { type Collection, collectionFrom } from "./collection.ts";
import { callWith } from "../../facades/call-with.ts";
import {
  aggregationOf,
  type InstrumentPlan,
  isObservable,
  type Measurement,
  type Program,
  type ReaderPlan,
  temporalityOf,
  viewOptions,
} from "./program.ts";

/** Creates a provider: upstream's or ours. */
export type MakeProvider = (options: MeterProviderOptions) => MeterProvider;

interface Collected {
  readonly reader: number;
  readonly resourceMetrics: ResourceMetrics;
}

/** The resource of every provider under test. */
export const resource = resourceFromAttributes({ "service.name": "differential" });

/** A reader that collects on demand. */
export class PlannedReader extends MetricReader {
  constructor(plan: ReaderPlan) {
    super({
      aggregationSelector: (type) => aggregationOf(plan, type),
      aggregationTemporalitySelector: (type) => temporalityOf(plan, type),
      cardinalitySelector: () => plan.limit,
    });
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

async function runProgram(makeProvider: MakeProvider, program: Program): Promise<Collected[]> {
  const readers = program.readers.map((plan) => new PlannedReader(plan));
  const provider = makeProvider({ resource, readers, views: program.views.map(viewOptions) });
  const observations = program.instruments.map((): readonly Measurement[] => []);
  const instruments = program.instruments.map((plan, i) =>
    createInstrument(provider, plan, plan.name, plan.description, () => observations[i]!),
  );
  const collected: Collected[] = [];
  for (const step of program.steps) {
    if (step.kind === "observe") observations[step.instrument] = step.observations;
    else if (step.kind === "record") record(instruments[step.instrument]!, step.measurement, program.isBound);
    else {
      const { resourceMetrics, errors } = await readers[step.reader]!.collect();
      if (errors.length > 0) throw new AggregateError(errors, "the collection failed");
      collected.push({ reader: step.reader, resourceMetrics });
    }
  }
  return collected;
}

/** Runs the program and returns the collections of each reader. */
export async function collectionsOf(makeProvider: MakeProvider, program: Program): Promise<Collection[][]> {
  const collected = await runProgram(makeProvider, program);
  return program.readers.map((_, reader) =>
    collected.filter((each) => each.reader === reader).map((each) => collectionFrom(each.resourceMetrics)),
  );
}

/** Creates an instrument of the program under this name. An observable one observes the values of `observations`. */
export function createInstrument(
  provider: MeterProvider,
  plan: InstrumentPlan,
  name: string,
  description: string,
  observations: () => readonly Measurement[],
): object {
  const { boundaries, unit, valueType } = plan;
  const advice = boundaries === undefined ? {} : { advice: { explicitBucketBoundaries: boundaries } };
  const meter = provider.getMeter(plan.scope, "1.0");
  const instrument = create(meter, plan.type, name, { unit, description, valueType, ...advice });
  if (isObservable(plan)) {
    callWith(instrument, "addCallback", (result: object) => {
      for (const { value, attributes } of observations()) callWith(result, "observe", value, attributes);
    });
  }
  return instrument;
}

/** Records like plain JavaScript, which may pass any value. Uses a bound instrument if there is one. */
export function record(instrument: object, { value, attributes }: Measurement, isBound = false): void {
  const method = "add" in instrument ? "add" : "record";
  if (!isBound || !("bind" in instrument)) callWith(instrument, method, value, attributes);
  else {
    const bound = callWith(instrument, "bind", attributes);
    if (typeof bound !== "object" || bound === null) throw new Error("nothing was bound");
    callWith(bound, method, value);
    callWith(bound, "release");
  }
}

function create(meter: Meter, type: InstrumentType, name: string, options: MetricOptions): object {
  switch (type) {
    case InstrumentType.COUNTER:
      return meter.createCounter(name, options);
    case InstrumentType.UP_DOWN_COUNTER:
      return meter.createUpDownCounter(name, options);
    case InstrumentType.HISTOGRAM:
      return meter.createHistogram(name, options);
    case InstrumentType.GAUGE:
      return meter.createGauge(name, options);
    case InstrumentType.OBSERVABLE_COUNTER:
      return meter.createObservableCounter(name, options);
    case InstrumentType.OBSERVABLE_UP_DOWN_COUNTER:
      return meter.createObservableUpDownCounter(name, options);
    case InstrumentType.OBSERVABLE_GAUGE:
      return meter.createObservableGauge(name, options);
    default:
      return type satisfies never;
  }
}
