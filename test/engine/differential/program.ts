// What a random program is made of, and what the specification makes of its views.
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

/** Something that is done with a provider: it is made of these, then the steps are taken one after the other. */
export interface Program {
  readonly readers: readonly ReaderPlan[];
  readonly views: readonly ViewPlan[];
  readonly instruments: readonly InstrumentPlan[];
  readonly steps: readonly Step[];
  /** Whether our provider records through bound instruments, which must behave just like the others. */
  readonly isBound: boolean;
}

/** A reader. */
export interface ReaderPlan {
  readonly temporality: "cumulative" | "delta" | "lowmemory";
  /** Whether histograms are exponential where no view says what they are. */
  readonly isExponential: boolean;
  /** Series an instrument may have. */
  readonly limit: number;
}

/** A view of one instrument by its name, or of all that one of the other selectors matches. */
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

/** Attributes as callers of plain JavaScript give them. */
export type MeasuredAttributes = Readonly<Record<string, AttributeValue | null | undefined>>;

/** What is done at one time. `observe` sets what the instrument's callback tells from then on. */
export type Step =
  | { readonly kind: "record"; readonly instrument: number; readonly measurement: Measurement }
  | { readonly kind: "observe"; readonly instrument: number; readonly observations: readonly Measurement[] }
  | { readonly kind: "collect"; readonly reader: number };

/** A stream of an instrument's measurements to one reader, as the specification makes it of view and reader. */
export interface Stream {
  readonly name: string;
  readonly description: string;
  readonly aggregation: AggregationOption;
  readonly limit: number;
  readonly keeps: (key: string) => boolean;
}

/** Whether the instrument tells its value when asked. */
export function isObservable({ type }: Pick<InstrumentPlan, "type">): boolean {
  return type.startsWith("OBSERVABLE");
}

/** What the reader's options say for an instrument of this type. */
export function temporalityOf({ temporality }: ReaderPlan, type: InstrumentType): AggregationTemporality {
  const isDelta =
    temporality === "delta" ||
    (temporality === "lowmemory" && (type === InstrumentType.COUNTER || type === InstrumentType.HISTOGRAM));
  return isDelta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
}

/** What the reader makes of an instrument of this type where no view says anything else. */
export function aggregationOf({ isExponential }: ReaderPlan, type: InstrumentType): AggregationOption {
  return isExponential && type === InstrumentType.HISTOGRAM
    ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
    : { type: AggregationType.DEFAULT };
}

/** The view as a provider takes it. */
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

/** Whether the view is one of this instrument: all of its criteria hold. Patterns end in their only asterisk. */
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

/** The streams that a reader gets of an instrument: one of each view, or the one that the reader itself defines. */
export function streamsOf(
  views: readonly ViewPlan[],
  instrument: InstrumentPlan,
  reader: ReaderPlan,
): Stream[] {
  const byReader = aggregationOf(reader, instrument.type);
  const { name, description } = instrument;
  const matching = views.filter((view) => matches(view, instrument));
  if (matching.length === 0) {
    return [{ name, description, aggregation: byReader, limit: reader.limit, keeps: () => true }];
  }
  return matching.map(({ keys, ...view }) => ({
    name: view.name ?? name,
    description: view.description ?? description,
    aggregation: view.aggregation ?? byReader,
    limit: view.limit ?? reader.limit,
    keeps: (key) => keys === undefined || keys.keys.includes(key) === keys.kept,
  }));
}

/** The attributes that count: those that are not undefined and that the stream keeps. */
export function attributesIn(attributes: MeasuredAttributes, keeps: (key: string) => boolean): Attributes {
  const kept = Object.entries(attributes).filter(([key, value]) => value !== undefined && keeps(key));
  // The API's types know `null` from 1.10 on.
  return Object(Object.fromEntries(kept));
}
