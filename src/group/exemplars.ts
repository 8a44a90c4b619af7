/** Exemplars as members send them. */
import type { Attributes } from "@opentelemetry/api";
import type { Exemplar } from "../engine/exemplars/reservoir.ts";
import { isObject } from "../options/check.ts";
import type { Collection } from "../engine/collection/collection.ts";
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import { textOf, valueFrom } from "./memory/attribute-text.ts";
import { streamKey } from "./memory/frames.ts";

/** New exemplars of one stream. */
export interface SentExemplars {
  /** Key of the stream: see `streamKey`. */
  readonly stream: string;
  readonly series: readonly { readonly attributes: Attributes; readonly exemplars: readonly Exemplar[] }[];
}

/** Time of an exemplar, in milliseconds since the epoch. */
export function unixMillisOf({ timestamp: [seconds, nanos] }: Exemplar): number {
  return seconds * 1e3 + nanos / 1e6;
}

export function textOfExemplars(sent: readonly SentExemplars[]): string {
  return JSON.stringify(textOf(sent));
}

/** Exemplars from their text. Damaged text has none. */
export function exemplarsFrom(text: string): readonly SentExemplars[] {
  try {
    const sent = valueFrom(JSON.parse(text));
    return Array.isArray(sent) ? sent.filter(isSent) : [];
  } catch {
    return [];
  }
}

function isSent(given: unknown): given is SentExemplars {
  return isObject(given) && typeof given["stream"] === "string" && isArrayOf(given["series"], isSeries);
}

function isSeries(given: unknown): given is SentExemplars["series"][number] {
  return isObject(given) && isObject(given["attributes"]) && isArrayOf(given["exemplars"], isExemplar);
}

function isExemplar(given: unknown): given is Exemplar {
  return (
    isObject(given) &&
    typeof given["value"] === "number" &&
    isObject(given["filteredAttributes"]) &&
    isArrayOf(given["timestamp"], (part): part is number => typeof part === "number") &&
    given["timestamp"].length === 2
  );
}

function isArrayOf<Part>(given: unknown, isPart: (part: unknown) => part is Part): given is readonly Part[] {
  return Array.isArray(given) && given.every(isPart);
}

/** Maximum number of exemplars in one answer. */
const MAX_EXEMPLARS = 1_000;

/** The exemplars of a member since its last answer to the process, or thread, that exports them. */
export class FreshExemplars {
  // Times of the exemplars that were sent, by stream and row. The clock may be set back.
  readonly #sent = new Map<string, Map<number, readonly number[]>>();

  /** Returns the new exemplars of all collections, those of different readers with the same aggregation once. */
  take(collections: readonly Collection[]): readonly SentExemplars[] {
    const streams = new Map<string, CollectedMetric>();
    for (const { metrics } of collections)
      for (const metric of metrics)
        if (metric.origin !== undefined && metric.series.hasExemplars === true)
          streams.set(streamKey(metric.origin, metric.origin.aggregation), metric);
    let room = MAX_EXEMPLARS;
    return [...streams].flatMap(([stream, { series }]) => {
      const sent = this.#sent.get(stream) ?? new Map<number, readonly number[]>();
      this.#sent.set(stream, sent);
      const rows: SentExemplars["series"][number][] = [];
      series.visit(0, series.length, {
        series: (_cells, _offset, row) => {
          const known = sent.get(row) ?? [];
          const isKnown = (exemplar: Exemplar): boolean => known.includes(unixMillisOf(exemplar));
          const kept = series.exemplarsOf(row);
          const fresh = kept.filter((exemplar) => !isKnown(exemplar)).slice(0, room);
          if (fresh.length === 0) return;
          room -= fresh.length;
          sent.set(row, [...kept.filter(isKnown), ...fresh].map(unixMillisOf));
          rows.push({ attributes: series.attributesOf(row), exemplars: fresh });
        },
      });
      return rows.length === 0 ? [] : [{ stream, series: rows }];
    });
  }
}
