// The parts of a random program, and the streams that the specification derives from its views.
import { type Attributes, type AttributeValue, ValueType } from "@opentelemetry/api";
import {
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  InstrumentType,
  type AggregationOption,
  type ViewOptions,
} from "tachymeter/metrics";

/** A program for a provider: create these objects, then run the steps one after the other. */
export interface Program {
  readonly readers: readonly ReaderPlan[];
  readonly views: readonly ViewPlan[];
  readonly instruments: readonly InstrumentPlan[];
  readonly steps: readonly Step[];
  /** Whether our provider records through bound instruments, which must behave like the others. */
  readonly isBound: boolean;
}

/** A reader. */
export interface ReaderPlan {
  readonly temporality: "cumulative" | "delta" | "lowmemory";
  /** Whether histograms are exponential if no view sets their aggregation. */
  readonly isExponential: boolean;
  /** Maximum number of series per instrument. */
  readonly limit: number;
}

/** A view of one instrument by its name, or of all that match one of the other selectors. */
export interface ViewPlan {
  readonly selector: Pick<ViewOptions, "instrumentName" | "instrumentType" | "instrumentUnit" | "meterName">;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly keys?: KeyList | undefined;
  readonly aggregation?: AggregationOption | undefined;
  readonly limit?: number | undefined;
}

/** The attributes that a view keeps: those in the list, or those that are not. */
export interface KeyList {
  readonly kept: boolean;
  readonly keys: readonly string[];
}

/** An instrument. */
export interface InstrumentPlan {
  readonly type: InstrumentType;
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly scope: string;
  readonly valueType: ValueType;
  readonly boundaries?: number[] | undefined;
}

/** A measurement or an observation. */
export interface Measurement {
  readonly value: unknown;
  readonly attributes: MeasuredAttributes;
}

/** Attributes as plain JavaScript may pass them. */
export type MeasuredAttributes = Readonly<Record<string, AttributeValue | null | undefined>>;

/** A step of a program. `observe` sets the values that the instrument's callback observes from then on. */
export type Step =
  | { readonly kind: "record"; readonly instrument: number; readonly measurement: Measurement }
  | { readonly kind: "observe"; readonly instrument: number; readonly observations: readonly Measurement[] }
  | { readonly kind: "collect"; readonly reader: number };

/** A stream of an instrument's measurements to one reader, as the specification derives it from view and reader. */
export interface Stream {
  readonly name: string;
  readonly description: string;
  readonly aggregation: AggregationOption;
  readonly limit: number;
  readonly keeps: (key: string) => boolean;
  /** Whether a view chooses the attributes of series. */
  readonly isFiltered: boolean;
}

/** Whether the instrument is observable. */
export function isObservable({ type }: Pick<InstrumentPlan, "type">): boolean {
  return type.startsWith("OBSERVABLE");
}

/** The reader's temporality for an instrument of this type. */
export function temporalityOf({ temporality }: ReaderPlan, type: InstrumentType): AggregationTemporality {
  const isDelta =
    temporality === "delta" ||
    (temporality === "lowmemory" && (type === InstrumentType.COUNTER || type === InstrumentType.HISTOGRAM));
  return isDelta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
}

/** The reader's aggregation for an instrument of this type without a view. */
export function aggregationOf({ isExponential }: ReaderPlan, type: InstrumentType): AggregationOption {
  return isExponential && type === InstrumentType.HISTOGRAM
    ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
    : { type: AggregationType.DEFAULT };
}

/** The view as an option of a provider. */
export function viewOptions({
  selector,
  name,
  description,
  keys,
  aggregation,
  limit,
}: ViewPlan): ViewOptions {
  return {
    ...selector,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(aggregation !== undefined && { aggregation }),
    ...(limit !== undefined && { aggregationCardinalityLimit: limit }),
    ...(keys !== undefined && {
      attributesProcessors: [
        keys.kept
          ? createAllowListAttributesProcessor([...keys.keys])
          : createDenyListAttributesProcessor([...keys.keys]),
      ],
    }),
  };
}

/** Whether the view matches this instrument: all of its criteria hold. Patterns end in their only asterisk. */
export function matches({ selector }: ViewPlan, instrument: InstrumentPlan): boolean {
  const { instrumentName = "*", instrumentType, instrumentUnit, meterName } = selector;
  return (
    (instrumentName.endsWith("*")
      ? instrument.name.startsWith(instrumentName.slice(0, -1))
      : instrument.name === instrumentName) &&
    (instrumentType === undefined || instrumentType === instrument.type) &&
    (instrumentUnit === undefined || instrumentUnit === instrument.unit) &&
    (meterName === undefined || meterName === instrument.scope)
  );
}

/** The reader's streams of an instrument: one for each matching view, or the default one. */
export function streamsOf(
  views: readonly ViewPlan[],
  instrument: InstrumentPlan,
  reader: ReaderPlan,
): Stream[] {
  const byReader = aggregationOf(reader, instrument.type);
  const { name, description } = instrument;
  const matching = views.filter((view) => matches(view, instrument));
  if (matching.length === 0) {
    const { limit } = reader;
    return [{ name, description, aggregation: byReader, limit, keeps: () => true, isFiltered: false }];
  }
  return matching.map(({ keys, ...view }) => ({
    name: view.name ?? name,
    description: view.description ?? description,
    aggregation: view.aggregation ?? byReader,
    limit: view.limit ?? reader.limit,
    keeps: (key) => keys === undefined || keys.keys.includes(key) === keys.kept,
    isFiltered: keys !== undefined,
  }));
}

/** The attributes of the series: those that are not undefined and that the stream keeps. */
export function attributesIn(attributes: MeasuredAttributes, keeps: (key: string) => boolean): Attributes {
  const kept = Object.entries(attributes).filter(([key, value]) => value !== undefined && keeps(key));
  // The API's types have `null` from 1.10 on.
  return Object(Object.fromEntries(kept));
}
