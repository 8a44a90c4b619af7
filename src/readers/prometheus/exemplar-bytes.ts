// Exemplars as OpenMetrics shows them behind a sample.
import type { Exemplar } from "../../engine/exemplars/reservoir.ts";
import type { LabelNames } from "../series/label-names.ts";
import { labelsFrom } from "../series/labels.ts";
import type { Body } from "./body.ts";
import { labelText } from "./label-fragments.ts";

// Names and values of all labels together.
const MAX_CHARACTERS = 128;
// For what exemplars usually take, so that they lie in one chunk.
const ROOM_BYTES = 256;
const SPACE = 32;

/**
 * Writes an exemplar with what comes before it: ` # {trace_id="…",span_id="…",route="/a"} 0.5 1700000000.123`. Of the
 * attributes that the series does not have, those are left out with which the labels would be longer than OpenMetrics
 * allows.
 */
export function writeExemplar(body: Body, exemplar: Exemplar, names: LabelNames): void {
  body.reserve(ROOM_BYTES);
  if (!writeUsual(body, exemplar, names)) body.text(` # {${labelsText(exemplar, names)}} `);
  body.number(exemplar.value);
  body.reserve(1);
  body.byte(SPACE);
  body.seconds(exemplar.timestamp[0] * 1e3 + exemplar.timestamp[1] / 1e6);
}

interface ExemplarStarts {
  readonly trace: string;
  readonly span: string;
}

const starts = new WeakMap<LabelNames, ExemplarStarts>();

function startsFor(names: LabelNames): ExemplarStarts {
  let known = starts.get(names);
  if (known === undefined) {
    known = { trace: ` # {${names.nameOf("trace_id")}="`, span: `",${names.nameOf("span_id")}="` };
    starts.set(names, known);
  }
  return known;
}

// Nearly all have the identifiers of a span and nothing else.
function writeUsual(
  body: Body,
  { traceId, spanId, filteredAttributes }: Exemplar,
  names: LabelNames,
): boolean {
  if (traceId?.length !== 32 || spanId?.length !== 16) return false;
  for (const _ in filteredAttributes) return false;
  const start = body.at;
  const { trace, span } = startsFor(names);
  body.text(trace);
  let isUsual = body.plain(traceId);
  body.text(span);
  isUsual &&= body.plain(spanId);
  body.text('"} ');
  if (!isUsual) body.at = start;
  return isUsual;
}

function labelsText({ traceId, spanId, filteredAttributes }: Exemplar, names: LabelNames): string {
  const labels: string[] = [];
  let left = MAX_CHARACTERS;
  const add = (name: string, text: string): void => {
    const length = characters(name) + characters(text);
    if (length > left) return;
    left -= length;
    labels.push(labelText(name, text));
  };
  const own = new Set(["trace_id", "span_id"].map((name) => names.nameOf(name)));
  if (traceId !== undefined) add(names.nameOf("trace_id"), traceId);
  if (spanId !== undefined) add(names.nameOf("span_id"), spanId);
  for (const label of labelsFrom(filteredAttributes, names)) {
    if (!own.has(label.name)) add(label.name, String(label.value));
  }
  return labels.join(",");
}

/** The one that was made last. */
export function latestOf(exemplars: readonly Exemplar[]): Exemplar | undefined {
  let latest = exemplars[0];
  for (const each of exemplars) if (latest !== undefined && !isBefore(each, latest)) latest = each;
  return latest;
}

/**
 * Of each bucket the exemplar that was made last, by the index of its bound; the last index is that of infinity.
 *
 * @param bounds the first `length` count, and rise.
 */
export function exemplarsOfBuckets(
  exemplars: readonly Exemplar[],
  bounds: ArrayLike<number>,
  length: number,
): readonly (Exemplar | undefined)[] {
  const latest: (Exemplar | undefined)[] = [];
  for (const each of exemplars) {
    let i = 0;
    while (i < length && each.value > bounds[i]!) i++;
    const known = latest[i];
    if (known === undefined || !isBefore(each, known)) latest[i] = each;
  }
  return latest;
}

function isBefore({ timestamp: [seconds, nanoseconds] }: Exemplar, { timestamp: other }: Exemplar): boolean {
  return seconds === other[0] ? nanoseconds < other[1] : seconds < other[0];
}

// Code points, of which a character beyond the first 65,536 has two units.
function characters(text: string): number {
  return text.length - (text.match(/[\u{10000}-\u{10FFFF}]/gu)?.length ?? 0);
}
