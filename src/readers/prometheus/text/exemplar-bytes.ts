// Exemplars as OpenMetrics shows them behind a sample.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { Label } from "../../../translation/family.ts";
import type { LabelNames } from "../../../translation/label-names.ts";
import { labelsFrom } from "../../../translation/labels.ts";
import type { Body } from "../document/body.ts";
import type { ClassicHistogram } from "../document/format-kit.ts";
import type { Literal, Literals } from "../document/literals.ts";
import { labelText } from "./labels.ts";

/** The labels of an exemplar's span: OpenTelemetry fixes them, so no escaping scheme changes them. */
export const TRACE_LABEL = "trace_id";
export const SPAN_LABEL = "span_id";

// Names and values of all labels together.
const MAX_CHARACTERS = 128;
// For what exemplars usually take, so that they lie in one chunk.
const ROOM_BYTES = 256;
const SPACE = 32;
const QUOTE = 34;
const CLOSING_BRACE = 125;

/**
 * Writes an exemplar with what comes before it: ` # {trace_id="…",span_id="…",route="/a"} 0.5 1700000000.123`. Of the
 * attributes that the series does not have, those are left out with which the labels would be longer than OpenMetrics
 * allows.
 */
export function writeExemplar(body: Body, exemplar: Exemplar, starts: ExemplarStarts): void {
  body.reserve(ROOM_BYTES);
  if (writeUsual(body, exemplar, starts)) {
    body.byte(QUOTE);
    body.byte(CLOSING_BRACE);
    body.byte(SPACE);
  } else {
    const labels = exemplarLabels(exemplar, starts.names);
    body.text(` # {${labels.map(({ name, value }) => labelText(name, value)).join(",")}} `);
  }
  body.number(exemplar.value);
  body.reserve(1);
  body.byte(SPACE);
  body.seconds(exemplar.timestamp[0] * 1e3 + exemplar.timestamp[1] / 1e6);
}

/** How the labels of an exemplar begin. */
export interface ExemplarStarts {
  readonly literals: Literals;
  readonly trace: Literal;
  readonly span: Literal;
  readonly names: LabelNames;
}

/**
 * Writes the labels of an exemplar that has the identifiers of a span and nothing else, as nearly all have, as far as the
 * end of the span's. Whether it is one; nothing is written where not.
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

/** The labels of an exemplar, as many as fit in what Prometheus allows. */
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

/** The one that was made last. */
export function latestOf(exemplars: readonly Exemplar[]): Exemplar | undefined {
  let latest = exemplars[0];
  for (const each of exemplars) if (latest !== undefined && !isBefore(each, latest)) latest = each;
  return latest;
}

/** The exemplars of one histogram's buckets after the other's, in one list. */
export class BucketExemplars {
  readonly #list: (Exemplar | undefined)[] = [];

  /**
   * Of each bucket the exemplar that was made last, by the index of its bound; the last index is that of infinity. None
   * where no bucket has any.
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

// Code points, of which a character beyond the first 65,536 has two units.
function characters(text: string): number {
  return text.length - (text.match(/[\u{10000}-\u{10FFFF}]/gu)?.length ?? 0);
}
