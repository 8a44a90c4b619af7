import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { Label } from "../../../translation/family.ts";
import type { LabelNames } from "../../../translation/escape-name.ts";
import { labelsFrom } from "../../../translation/labels.ts";
import type { Body } from "./body.ts";
import type { ClassicHistogram } from "./format-kit.ts";
import type { Literal, Literals } from "./labels.ts";

/** Labels for the span of an exemplar, fixed by OpenTelemetry: no escaping scheme changes them. */
export const TRACE_LABEL = "trace_id";
export const SPAN_LABEL = "span_id";

// OpenMetrics limit for the names and values of all labels together.
const MAX_CHARACTERS = 128;

export interface ExemplarStarts {
  readonly literals: Literals;
  readonly trace: Literal;
  readonly span: Literal;
  readonly names: LabelNames;
}

/**
 * Writes the labels of an exemplar up to the value of the last one, if they are exactly the identifiers of a span. That
 * is the usual case. Otherwise returns false and writes nothing.
 */
export function writeUsual(
  body: Body,
  { traceId, spanId, filteredAttributes }: Exemplar,
  { literals: { words }, trace, span }: ExemplarStarts,
): boolean {
  if (traceId?.length !== 32 || spanId?.length !== 16) return false;
  for (const _ in filteredAttributes) return false;
  const start = body.at;
  body.words(words, trace.place, trace.length);
  if (body.plain(traceId)) {
    body.words(words, span.place, span.length);
    if (body.plain(spanId)) return true;
  }
  body.at = start;
  return false;
}

/** The labels of an exemplar, as many as OpenMetrics permits. */
export function exemplarLabels(
  { traceId, spanId, filteredAttributes }: Exemplar,
  names: LabelNames,
): readonly Label[] {
  const labels: Label[] = [];
  let left = MAX_CHARACTERS;
  const add = (name: string, value: string): void => {
    const length = characters(name) + characters(value);
    if (length > left) return;
    left -= length;
    labels.push({ name, value });
  };
  if (traceId !== undefined) add(TRACE_LABEL, traceId);
  if (spanId !== undefined) add(SPAN_LABEL, spanId);
  for (const { name, value } of labelsFrom(filteredAttributes, names)) {
    if (name !== TRACE_LABEL && name !== SPAN_LABEL) add(name, String(value));
  }
  return labels;
}

export function latestOf(exemplars: readonly Exemplar[]): Exemplar | undefined {
  let latest = exemplars[0];
  for (const each of exemplars) if (latest !== undefined && !isBefore(each, latest)) latest = each;
  return latest;
}

/** The exemplars of a histogram's buckets, in a reusable list. */
export class BucketExemplars {
  readonly #list: (Exemplar | undefined)[] = [];

  /**
   * The latest exemplar of each bucket, by the index of its bound, that of infinity last; `undefined` without exemplars.
   */
  of(
    { bounds, length }: Pick<ClassicHistogram, "bounds" | "length">,
    exemplars: readonly Exemplar[],
  ): readonly (Exemplar | undefined)[] | undefined {
    if (exemplars.length === 0) return undefined;
    const list = this.#list;
    for (let i = 0; i <= length; i++) list[i] = undefined;
    for (const each of exemplars) {
      let i = 0;
      while (i < length && each.value > bounds[i]!) i++;
      const known = list[i];
      if (known === undefined || !isBefore(each, known)) list[i] = each;
    }
    return list;
  }
}

function isBefore({ timestamp: [seconds, nanoseconds] }: Exemplar, { timestamp: other }: Exemplar): boolean {
  return seconds === other[0] ? nanoseconds < other[1] : seconds < other[0];
}

// Counts code points: those above U+FFFF have two code units.
function characters(text: string): number {
  return text.length - (text.match(/[\u{10000}-\u{10FFFF}]/gu)?.length ?? 0);
}
