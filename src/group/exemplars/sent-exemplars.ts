/** Exemplars as members send them. */
import type { Attributes } from "@opentelemetry/api";
import type { Exemplar } from "../../engine/exemplars/reservoir.ts";
import { isObject } from "../../options/check.ts";
import { textOf, valueFrom } from "../memory/attribute-text.ts";

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
