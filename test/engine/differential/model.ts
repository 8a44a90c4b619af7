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
      for (const stream of streams[step.instrument]!) stream.observations = step.observations;
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

/** A measurement as it is taken. */
interface Taken {
  readonly value: number;
  readonly attributes: MeasuredAttributes;
}

/** A value for upstream to observe. */
interface Observation {
  readonly value: number;
  readonly attributes: Attributes;
}

class ModelledStream {
  readonly name: string;
  readonly #plan: InstrumentPlan;
  readonly #stream: Stream;
  readonly #temporality: AggregationTemporality;
  readonly #series: LimitedSeries;
  // By attribute set: the total that was observed last. By series: its total, and the number of times it began.
  readonly #before = new Map<string, number>();
  readonly #totals = new Map<string, number>();
  #overflows = 0;
  #instrument: object = {};
  /** The values for the callback to observe. */
  observations: readonly Measurement[] = [];
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

  #observations(): readonly Measurement[] {
    const taken = this.observations.flatMap(({ value: given, attributes }) => {
      const value = takenValue(this.#plan, given);
      return value === undefined ? [] : [{ value, attributes }];
    });
    // Series within the limit keep their place, in any order of observations.
    for (const { attributes } of taken) this.#series.keeps(attributesIn(attributes, this.#stream.keeps));
    const isDelta = this.#temporality === AggregationTemporality.DELTA;
    const grows = this.#isSum() && (isDelta || this.#plan.type === InstrumentType.OBSERVABLE_COUNTER);
    const observations = grows ? this.#grown(taken) : this.#values(taken);
    this.observed = new Set(observations.keys());
    return [...observations.values()];
  }

  // Observations of one series are added up for sums; otherwise the last one is used.
  #values(taken: readonly Taken[]): ReadonlyMap<string, Observation> {
    const observations = new Map<string, Observation>();
    for (const { value, attributes: all } of taken) {
      const attributes = this.#asReturned(this.#seriesOf(all));
      const identity = identityOf(attributes);
      const before = this.#isSum() ? (observations.get(identity)?.value ?? 0) : 0;
      observations.set(identity, { attributes, value: before + value });
    }
    return observations;
  }

  // A series has the growth of its attribute sets since each was last observed, in whatever series that was.
  #grown(taken: readonly Taken[]): ReadonlyMap<string, Observation> {
    const last = new Map<string, Taken & { readonly series: Attributes }>();
    for (const each of taken) {
      const set = identityOf(attributesIn(each.attributes, () => true));
      last.set(set, { ...each, series: this.#seriesOf(each.attributes) });
    }
    const isOverflowing = [...last.values()].some(({ series }) => series === OVERFLOW);
    if (!isOverflowing) this.#overflows++;
    const observations = new Map<string, Observation>();
    for (const [set, { value, series }] of last) {
      const attributes =
        series === OVERFLOW ? { ...OVERFLOW, [RETURN]: this.#overflows } : this.#asReturned(series);
      const identity = identityOf(attributes);
      const total = this.#totals.get(identity) ?? 0;
      const before = this.#before.get(set) ?? 0;
      const isReset = this.#plan.type === InstrumentType.OBSERVABLE_COUNTER && value < before;
      const isWhole = series !== OVERFLOW && !this.#stream.isFiltered && total === before;
      const grown = isWhole ? value : total + (isReset ? value : value - before);
      this.#before.set(set, value);
      this.#totals.set(identity, grown);
      observations.set(identity, { attributes, value: grown });
    }
    return observations;
  }

  // Upstream remembers every series. Ours starts a series that was replaced anew.
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
