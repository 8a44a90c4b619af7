// Prometheus' text format 0.0.4.
import type { Buckets, Family, Series } from "../series/family.ts";

/** The content type of what `encodeText` gives. */
export const TEXT_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** How the text differs from what Prometheus wants by default. */
export interface TextOptions {
  /** Whether each sample carries the time of its collection, in milliseconds; Prometheus advises against it. */
  readonly timestamps?: boolean | undefined;
}

/** Writes families as text: HELP and TYPE once each, then one line a sample. */
export function encodeText(families: readonly Family[], options: TextOptions = {}): string {
  let text = "";
  for (const { name, kind, help, series } of families) {
    if (help !== undefined) text += `# HELP ${name} ${escapeHelp(help)}\n`;
    text += `# TYPE ${name} ${kind}\n`;
    for (const one of series)
      text += samplesOf(name, one, options.timestamps === true ? timestampOf(one) : "");
  }
  return text;
}

/** A number as Prometheus writes it. */
export function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function samplesOf(name: string, { labelText, value }: Series, timestamp: string): string {
  if (typeof value !== "number") return bucketSamples(name, labelText, value, timestamp);
  return `${name}${braced(labelText)} ${numberText(value)}${timestamp}\n`;
}

function bucketSamples(name: string, labelText: string, buckets: Buckets, timestamp: string): string {
  const begin = `${name}_bucket{${labelText}${labelText === "" ? "" : ","}le="`;
  let text = "";
  for (const [i, bound] of buckets.bounds.entries()) {
    text += `${begin}${bound}"} ${buckets.cumulativeCounts[i]}${timestamp}\n`;
  }
  text += `${begin}+Inf"} ${buckets.count}${timestamp}\n`;
  if (buckets.sum !== undefined) {
    text += `${name}_sum${braced(labelText)} ${numberText(buckets.sum)}${timestamp}\n`;
  }
  return `${text}${name}_count${braced(labelText)} ${buckets.count}${timestamp}\n`;
}

function braced(labelText: string): string {
  return labelText === "" ? "" : `{${labelText}}`;
}

function timestampOf({ time }: Series): string {
  return time === undefined ? "" : ` ${time[0] * 1_000 + Math.trunc(time[1] / 1_000_000)}`;
}

function escapeHelp(help: string): string {
  return help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
