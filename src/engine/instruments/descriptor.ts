import { warnOnce } from "../../diagnostics/log-once.ts";
import { show } from "../../diagnostics/show.ts";
import { diag, type MetricAdvice, type MetricOptions, ValueType } from "@opentelemetry/api";
import type { InstrumentType, MetricDescriptor } from "@opentelemetry/sdk-metrics";
import { givenField, givenText } from "../attribute-copy.ts";

/** Options of an instrument: the API's, and advice that the API's types do not have yet. */
export interface InstrumentOptions extends MetricOptions {
  advice?: MetricAdvice & {
    /** Keys of the attributes to keep unless a view lists keys; other attributes are left out. */
    attributes?: string[];
  };
}

/** Descriptor of an instrument, or of a stream of one, as passed to exporters. */
export interface InstrumentDescriptor extends MetricDescriptor {
  /** Kind of the instrument. A view may have set another aggregation for the stream. */
  readonly type: InstrumentType;
  readonly advice: MetricAdvice;
}

export interface Advice {
  readonly boundaries?: readonly number[];
  readonly attributes?: readonly string[];
}

// The specification's instrument name syntax: a letter, then up to 254 letters, digits, `_`, `.`, `-` and `/`.
const NAME = /^[a-z][\w.\-/]{0,254}$/i;

/** Describes an instrument. As the API requires, an invalid name is logged but used. */
export function describeInstrument(
  name: string,
  type: InstrumentType,
  options: InstrumentOptions | undefined,
): InstrumentDescriptor {
  const text = textOf(name);
  if (!NAME.test(text))
    diag.warn(
      `instrument ${JSON.stringify(text.slice(0, 300))}: Invalid metric name; use a letter, then letters, digits and _ . - /, at most 255 characters`,
    );
  const subject = `instrument "${text.slice(0, 300)}"`;
  return {
    name: text,
    type,
    description: givenText(options, "description", subject) ?? "",
    unit: givenText(options, "unit", subject) ?? "",
    valueType: givenField(options, "valueType", subject) === ValueType.INT ? ValueType.INT : ValueType.DOUBLE,
    advice: adviceFrom(givenField(options, "advice", subject), subject),
  };
}

function adviceFrom(given: unknown, subject: string): MetricAdvice {
  if (given === undefined || given === null) return {};
  if (typeof given === "object") return checkedAdvice(given, subject);
  diag.warn(`${subject}: advice must be an object, got a ${typeof given}; it is ignored`);
  return {};
}

// A copy of the valid parts, which other members of a group can read. Invalid ones are logged.
function checkedAdvice(advice: object, subject: string): NonNullable<InstrumentOptions["advice"]> {
  const given = givenField(advice, "explicitBucketBoundaries", subject);
  const boundaries = readable(() => orderedBoundaries(given));
  const givenKeys = givenField(advice, "attributes", subject);
  const attributes = readable(() => keysIn(givenKeys));
  if (given != null && boundaries === undefined)
    warnOnce(
      `${subject}: advised boundaries must be a list of numbers, got ${show(given)}; they are ignored`,
    );
  if (givenKeys != null && attributes === undefined)
    warnOnce(`${subject}: advised attributes must be a list of keys; they are ignored`);
  return {
    ...(boundaries !== undefined && { explicitBucketBoundaries: [...boundaries] }),
    ...(attributes !== undefined && { attributes: [...attributes] }),
  };
}

/** The advice of an instrument that {@link describeInstrument} has described. */
export function adviceOf({ advice }: { readonly advice: InstrumentOptions["advice"] }): Advice {
  const { explicitBucketBoundaries: boundaries, attributes } = advice ?? {};
  return {
    ...(boundaries !== undefined && { boundaries }),
    ...(attributes !== undefined && { attributes }),
  };
}

/** Whether two instruments of one meter are identical apart from description and advice. */
export function sameInstrument(a: InstrumentDescriptor, b: InstrumentDescriptor): boolean {
  return (
    a.name.toLowerCase() === b.name.toLowerCase() &&
    a.unit === b.unit &&
    a.type === b.type &&
    a.valueType === b.valueType
  );
}

function keysIn(given: unknown): readonly string[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const keys: unknown[] = given;
  return keys.every((key) => typeof key === "string") ? [...keys] : undefined;
}

// Lists from callers may throw when they are read.
function readable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function textOf(given: unknown): string {
  return typeof given === "string" ? given : "";
}

/** Boundaries in increasing order, finite and without duplicates; `undefined` if `given` is not a list of numbers. */
export function orderedBoundaries(given: unknown): readonly number[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const bounds: unknown[] = given;
  if (!bounds.every((bound): bound is number => typeof bound === "number" && !Number.isNaN(bound)))
    return undefined;
  return [...new Set(bounds)].filter((bound) => Number.isFinite(bound)).toSorted((a, b) => a - b);
}
