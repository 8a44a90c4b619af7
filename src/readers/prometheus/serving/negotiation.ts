// Which format and which compression a request asks for, by Prometheus's rules for the negotiation of content.
import type { Escaping, Exposition, ExpositionFormat } from "../rendering.ts";

/** What is answered where nothing that is offered was asked for: OpenTelemetry's specification says so. */
const FALLBACK: Exposition = { format: "text-0.0.4", escaping: "underscores" };

// Longer headers come from nobody who scrapes. What lies beyond is not read.
const MAX_HEADER_LENGTH = 2_048;

/**
 * The exposition that header `Accept` asks for: of those offered, the one with the highest quality value, and of several
 * the first. Text 0.0.4 with underscores where there is none, whatever the header looks like.
 *
 * @see https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function expositionFor(accept: string | undefined): Exposition {
  let best: Exposition = FALLBACK;
  let bestQuality = 0;
  for (const range of rangesOf(accept)) {
    if (range.quality <= bestQuality) continue;
    const exposition = expositionOf(range);
    if (exposition === undefined) continue;
    best = exposition;
    bestQuality = range.quality;
  }
  return best;
}

/** Whether header `Accept-Encoding` takes gzip, and does not like a plain body better. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const qualities = new Map<string, number>();
  for (const { name, quality } of rangesOf(acceptEncoding)) {
    if (!qualities.has(name)) qualities.set(name, quality);
  }
  const gzip = qualities.get("gzip") ?? qualities.get("x-gzip") ?? qualities.get("*") ?? 0;
  return gzip > 0 && gzip >= (qualities.get("identity") ?? 0);
}

/** One entry of such a header: `text/plain; version=0.0.4; q=0.5`. */
interface Range {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0, never, to 1. */
  readonly quality: number;
}

function rangesOf(header: string | undefined): readonly Range[] {
  if (header === undefined) return [];
  return header.slice(0, MAX_HEADER_LENGTH).split(",").map(rangeFromText);
}

function rangeFromText(text: string): Range {
  const [name = "", ...parts] = text.split(";").map((part) => part.trim());
  const parameters = new Map(parts.map(parameterFromText));
  return { name: name.toLowerCase(), parameters, quality: qualityFromText(parameters.get("q")) };
}

function parameterFromText(text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  if (equals < 0) return [text.toLowerCase(), ""];
  const value = text.slice(equals + 1).trim();
  return [text.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, "$1")];
}

function qualityFromText(text: string | undefined): number {
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/.test(text) ? Number(text) : 0;
}

function expositionOf({ name, parameters }: Range): Exposition | undefined {
  const format = formatOf(name, parameters);
  if (format === undefined) return undefined;
  // What older formats call names has no other way than underscores.
  return format === "text-0.0.4" ? FALLBACK : { format, escaping: escapingOf(parameters.get("escaping")) };
}

function formatOf(name: string, parameters: ReadonlyMap<string, string>): ExpositionFormat | undefined {
  const version = parameters.get("version");
  switch (name) {
    case "text/plain":
      if (version === undefined || version === "0.0.4") return "text-0.0.4";
      return version === "1.0.0" ? "text-1.0.0" : undefined;
    case "application/openmetrics-text":
      return version === undefined || version === "1.0.0" ? "openmetrics-1.0.0" : undefined;
    case "application/vnd.google.protobuf":
      return isDelimitedFamilies(parameters) ? "protobuf" : undefined;
    case "*/*":
    case "text/*":
      return "text-0.0.4";
    default:
      return undefined;
  }
}

function isDelimitedFamilies(parameters: ReadonlyMap<string, string>): boolean {
  const proto = parameters.get("proto");
  return proto === "io.prometheus.client.MetricFamily" && parameters.get("encoding") === "delimited";
}

// Some of Prometheus's documents write `allow-utf8`.
function escapingOf(text: string | undefined): Escaping {
  switch (text) {
    case "allow-utf-8":
    case "allow-utf8":
      return "allow-utf-8";
    case "dots":
    case "values":
      return text;
    default:
      return "underscores";
  }
}
