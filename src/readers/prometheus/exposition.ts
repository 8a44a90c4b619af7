// What a scraper may ask for, and what it is given.
import type { Escaping } from "../../translation/escape-name.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";

/** The formats in which Prometheus takes metrics. */
export type ExpositionFormat = "text-0.0.4" | "text-1.0.0" | "openmetrics-1.0.0" | "protobuf";

/** What one scraper has asked for. */
export interface Exposition {
  readonly format: ExpositionFormat;
  readonly escaping: Escaping;
}

/** How what is rendered differs from what OpenTelemetry's specification has by default. */
export interface RenderingSettings extends TranslationSettings {
  /** Whether each sample carries the time of its collection; Prometheus advises against it. @defaultValue false */
  readonly timestamps?: boolean | undefined;
  /** Whether formats that can show it say since when a series counts. @defaultValue true */
  readonly created?: boolean | undefined;
}

/** The bytes of one scrape. */
export interface ScrapeBody {
  /** In their order; they hold until `release`. */
  readonly chunks: readonly Uint8Array[];
  readonly byteLength: number;
  /** To be called once nobody reads the chunks any more: their memory is used again. A second call does nothing. */
  release(): void;
}

/** The content type of an exposition. */
export function contentTypeOf({ format, escaping }: Exposition): string {
  switch (format) {
    case "text-0.0.4":
      return "text/plain; version=0.0.4; charset=utf-8";
    case "text-1.0.0":
      return `text/plain; version=1.0.0; charset=utf-8; escaping=${escaping}`;
    case "openmetrics-1.0.0":
      return `application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=${escaping}`;
    case "protobuf":
      return `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=${escaping}`;
    default:
      return format satisfies never;
  }
}

/** A body as text. It releases the body. */
export function textOf(body: ScrapeBody): string {
  const text = Buffer.concat(body.chunks, body.byteLength).toString();
  body.release();
  return text;
}
