// The collections that the specification requires for a program and one reader. Each stream of the reader is a
// separate instrument in upstream's SDK, without filtering views and without a limit. Its measurements are filtered,
// limited and added up beforehand. So upstream aggregates and exports, but its errors in the earlier steps do not
// matter.
import type { Attributes } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { AggregationTemporality, AggregationType, InstrumentType } from "tachymeter/metrics";
import { type Collection, collectionFrom, mapPoints, withoutStale } from "./collection.ts";
import { identityOf, LimitedSeries, OVERFLOW } from "./limited-series.ts";
import {
  attributesIn,
  type InstrumentPlan,
  isObservable,
  type Measurement,
  type MeasuredAttributes,
  type Program,
  type Stream,
  streamsOf,
  temporalityOf,
} from "./program.ts";
import { createInstrument, PlannedReader, record, resource } from "./run-program.ts";
import { takenValue } from "./taken-value.ts";

/** The reader's collections, in order. */
export interface Modelled {
  readonly collections: readonly Collection[];
  /** Whether any stream overflowed. */
  readonly overflowed: boolean;
  /** Whether an observable stream replaced a series by another. */
  readonly forgot: boolean;
}

// Attribute that distinguishes a series that was removed and returned from the one that upstream remembers.
const RETURN = "return";

/** Runs the model of the program for the reader with this number. */
export async function runModel(program: Program, reader: number): Promise<Modelled> {
  const plan = program.readers[reader]!;
  const streams = program.instruments.map((instrument) =>
    streamsOf(program.views, instrument, plan).map(
      (stream) => new ModelledStream(instrument, stream, temporalityOf(plan, instrument.type)),
    ),
  );
  const all = streams.flat();
  const pullReader = new PlannedReader({ ...plan, limit: Number.MAX_SAFE_INTEGER });
  const provider = new MeterProvider({
    resource,
    readers: [pullReader],
    views: all.map((each) => each.view),
  });
  for (const stream of all) stream.create(provider);
  const collections: Collection[] = [];
  for (const step of program.steps) {
    if (step.kind === "record") {
      for (const stream of streams[step.instrument]!) stream.record(step.measurement);
    } else if (step.kind === "observe") {
      for (const stream of streams[step.instrument]!) stream.told = step.observations;
    } else if (step.reader === reader) {
      const { resourceMetrics } = await pullReader.collect();
      const observed = new Map(
        all.flatMap(({ name, observed: last }) => (last === undefined ? [] : [[name, last]])),
      );
      collections.push(withoutReturns(withoutStale(collectionFrom(resourceMetrics), observed)));
      for (const stream of all) stream.endCycle();
    }
  }
  return {
    collections,
    overflowed: all.some((stream) => stream.overflowed),
    forgot: all.some((stream) => stream.forgot),
  };
}

function withoutReturns(collection: Collection): Collection {
  return mapPoints(collection, (attributes) => attributes.filter(([key]) => key !== RETURN));
}

class ModelledStream {
  readonly name: string;
  readonly #plan: InstrumentPlan;
  readonly #stream: Stream;
  readonly #temporality: AggregationTemporality;
  readonly #series: LimitedSeries;
  #instrument: object = {};
  /** The values for the callback to observe. */
  told: readonly Measurement[] = [];
  /** The series that were observed last; `undefined` for instruments that are not observable. */
  observed: ReadonlySet<string> | undefined;
  overflowed = false;
  forgot = false;

  constructor(plan: InstrumentPlan, stream: Stream, temporality: AggregationTemporality) {
    this.name = stream.name;
    this.#plan = plan;
    this.#stream = stream;
    this.#temporality = temporality;
    this.#series = new LimitedSeries(stream.limit);
    if (isObservable(plan)) this.observed = new Set();
  }

  get view() {
    return {
      instrumentName: this.name,
      aggregation: this.#stream.aggregation,
      aggregationCardinalityLimit: Number.MAX_SAFE_INTEGER,
    };
  }

  create(provider: MeterProvider): void {
    const { name, description } = this.#stream;
    this.#instrument = createInstrument(provider, this.#plan, name, description, () => this.#observations());
  }

  record({ value: given, attributes }: Measurement): void {
    const value = takenValue(this.#plan, given);
    if (value !== undefined) record(this.#instrument, { value, attributes: this.#seriesOf(attributes) });
  }

  endCycle(): void {
    const isDelta = this.#temporality === AggregationTemporality.DELTA;
    if (isDelta || isObservable(this.#plan)) this.#series.startCycle();
  }

  // Observations of one series are added up for sums; otherwise the last one is used.
  #observations(): readonly Measurement[] {
    const isSum = this.#isSum();
    // Series within the limit keep their place, in any order of observations.
    for (const { value, attributes } of this.told) {
      if (takenValue(this.#plan, value) === undefined) continue;
      this.#series.keeps(attributesIn(attributes, this.#stream.keeps));
    }
    const observations = new Map<string, { attributes: Attributes; value: number }>();
    for (const { value: given, attributes: all } of this.told) {
      const value = takenValue(this.#plan, given);
      if (value === undefined) continue;
      const attributes = this.#asReturned(this.#seriesOf(all));
      const identity = identityOf(attributes);
      const before = isSum ? (observations.get(identity)?.value ?? 0) : 0;
      observations.set(identity, { attributes, value: before + value });
    }
    this.observed = new Set(observations.keys());
    return [...observations.values()];
  }

  // Upstream remembers every series for deltas. Ours starts a series that was replaced anew.
  #asReturned(attributes: Attributes): Attributes {
    const losses = this.#series.lossesOf(attributes);
    if (losses === 0) return attributes;
    this.forgot = true;
    return { ...attributes, [RETURN]: losses };
  }

  #isSum(): boolean {
    const { type } = this.#stream.aggregation;
    if (type === AggregationType.DEFAULT) return this.#plan.type !== InstrumentType.OBSERVABLE_GAUGE;
    return type === AggregationType.SUM;
  }

  #seriesOf(attributes: MeasuredAttributes): Attributes {
    const series = this.#series.attributesFor(attributesIn(attributes, this.#stream.keeps));
    if (series === OVERFLOW) this.overflowed = true;
    return series;
  }
}
