// Expositions requested by scrapers, and their bodies.
import type { Escaping } from "../../translation/escape-name.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";

export type ExpositionFormat =
  | "text-0.0.4"
  | "text-1.0.0"
  | "openmetrics-1.0.0"
  | "openmetrics-2.0.0"
  | "protobuf";

/** The format and the escaping scheme of a scrape. */
export interface Exposition {
  readonly format: ExpositionFormat;
  readonly escaping: Escaping;
}

/** Rendering settings; the defaults follow OpenTelemetry's specification. */
export interface RenderingSettings extends TranslationSettings {
  /** Whether each sample has the time of its collection; Prometheus advises against it. @defaultValue false */
  readonly timestamps?: boolean | undefined;
}

export interface ScrapeBody {
  /** Valid until `release`. */
  readonly chunks: readonly Uint8Array[];
  readonly byteLength: number;
  /** Returns the memory of the chunks for reuse, once nothing reads them. A second call does nothing. */
  release(): void;
}

export function contentTypeOf({ format, escaping }: Exposition): string {
  switch (format) {
    case "text-0.0.4":
      return "text/plain; version=0.0.4; charset=utf-8";
    case "text-1.0.0":
      return `text/plain; version=1.0.0; charset=utf-8; escaping=${escaping}`;
    case "openmetrics-1.0.0":
      return `application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=${escaping}`;
    case "openmetrics-2.0.0":
      return `application/openmetrics-text; version=2.0.0; charset=utf-8; escaping=${escaping}`;
    case "protobuf":
      return `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=${escaping}`;
    default:
      return format satisfies never;
  }
}

/** A body as text; releases the body. */
export function textOf(body: ScrapeBody): string {
  const text = Buffer.concat(body.chunks, body.byteLength).toString();
  body.release();
  return text;
}

// Used if no requested format is supported, as OpenTelemetry's specification requires.
const FALLBACK: Exposition = { format: "text-0.0.4", escaping: "underscores" };

// No scraper sends longer headers; the rest is ignored.
const MAX_HEADER_LENGTH = 2_048;

/**
 * The exposition requested by header `Accept`: the first supported one with the highest quality value. Without one, or if
 * the header is invalid, text 0.0.4 with underscores.
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

/** Whether header `Accept-Encoding` accepts gzip and does not prefer an uncompressed body. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const qualities = new Map<string, number>();
  for (const { name, quality } of rangesOf(acceptEncoding)) {
    if (!qualities.has(name)) qualities.set(name, quality);
  }
  const gzip = qualities.get("gzip") ?? qualities.get("x-gzip") ?? qualities.get("*") ?? 0;
  return gzip > 0 && gzip >= (qualities.get("identity") ?? 0);
}

// One entry of such a header: `text/plain; version=0.0.4; q=0.5`.
interface Range {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0 (never) to 1. */
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
  // This format supports underscores only.
  return format === "text-0.0.4" ? FALLBACK : { format, escaping: escapingOf(parameters.get("escaping")) };
}

function formatOf(name: string, parameters: ReadonlyMap<string, string>): ExpositionFormat | undefined {
  const version = parameters.get("version");
  switch (name) {
    case "text/plain":
      if (version === undefined || version === "0.0.4") return "text-0.0.4";
      return version === "1.0.0" ? "text-1.0.0" : undefined;
    case "application/openmetrics-text":
      if (version === undefined || version === "1.0.0") return "openmetrics-1.0.0";
      return version === "2.0.0" ? "openmetrics-2.0.0" : undefined;
    case "application/vnd.google.protobuf":
      return parameters.get("proto") === "io.prometheus.client.MetricFamily" &&
        parameters.get("encoding") === "delimited"
        ? "protobuf"
        : undefined;
    case "*/*":
    case "text/*":
      return "text-0.0.4";
    default:
      return undefined;
  }
}

// Some Prometheus documentation writes `allow-utf8`.
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
