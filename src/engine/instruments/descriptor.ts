import { show } from "../../diagnostics/show.ts";
import { diag, type MetricAdvice, type MetricOptions, ValueType } from "@opentelemetry/api";
import type { InstrumentType, MetricDescriptor } from "@opentelemetry/sdk-metrics";
import { givenField, givenText } from "../attribute-copy.ts";

/** What an instrument is created with: the API's options, and advice that the API's types do not have yet. */
export interface InstrumentOptions extends MetricOptions {
  advice?: MetricAdvice & {
    /** Keys of the attributes that are worth keeping, where no view lists any: the others are left out. */
    attributes?: string[];
  };
}

/** An instrument, or a stream of one, as exporters see it. */
export interface InstrumentDescriptor extends MetricDescriptor {
  /** The instrument's kind; a view may have given the stream another aggregation. */
  readonly type: InstrumentType;
  readonly advice: MetricAdvice;
}

export interface Advice {
  readonly boundaries?: readonly number[];
  readonly attributes?: readonly string[];
}

// The specification's instrument name syntax: a letter, then up to 254 letters, digits, `_`, `.`, `-` and `/`.
const NAME = /^[a-z][\w.\-/]{0,254}$/i;

/** Describes an instrument. A name against the syntax is reported, and used nevertheless, as the API wants it. */
export function describeInstrument(
  name: string,
  type: InstrumentType,
  options: InstrumentOptions | undefined,
): InstrumentDescriptor {
  const text = textOf(name);
  if (!NAME.test(text))
    diag.warn(
      `instrument ${JSON.stringify(text.slice(0, 300))}: Invalid metric name, against OpenTelemetry's syntax; use a letter, then letters, digits and _ . - /, at most 255 characters`,
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
  if (typeof given === "object") return given;
  diag.warn(`${subject}: its advice must be an object, got a ${typeof given}, and was dropped`);
  return {};
}

/** Checks an instrument's advice. A part that makes no sense is reported and left out. */
export function adviceOf({ name, advice }: InstrumentDescriptor): Advice {
  const subject = `instrument "${name}"`;
  const given = givenField(advice, "explicitBucketBoundaries", subject);
  const boundaries = readable(() => orderedBoundaries(given));
  // The API's types do not have the specification's newer `attributes` yet.
  const givenKeys = givenField(advice, "attributes", subject);
  const attributes = readable(() => keysIn(givenKeys));
  if (given != null && boundaries === undefined)
    diag.warn(`${subject}: its advised boundaries are ${show(given)}, which are left out; list numbers`);
  if (givenKeys != null && attributes === undefined)
    diag.warn(`${subject}: its advised attributes are left out; list keys`);
  return {
    ...(boundaries !== undefined && { boundaries }),
    ...(attributes !== undefined && { attributes }),
  };
}

/** Whether two instruments of one meter are one and the same but for what describes and advises. */
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

// Lists of callers may throw at any look.
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

/** The boundaries in increasing order, each once and finite; `undefined` where the list is none of numbers. */
export function orderedBoundaries(given: unknown): readonly number[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const bounds: unknown[] = given;
  if (!bounds.every((bound): bound is number => typeof bound === "number" && !Number.isNaN(bound)))
    return undefined;
  return [...new Set(bounds)].filter((bound) => Number.isFinite(bound)).toSorted((a, b) => a - b);
}
