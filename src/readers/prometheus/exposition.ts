// Expositions, which scrapers ask for, and their bodies.
import type { Escaping } from "../../translation/escape-name.ts";
import type { TranslationSettings } from "../../translation/strategy.ts";

/** The formats that Prometheus reads. */
export type ExpositionFormat = "text-0.0.4" | "text-1.0.0" | "openmetrics-1.0.0" | "protobuf";

/** The format and the names that a scraper has asked for. */
export interface Exposition {
  readonly format: ExpositionFormat;
  readonly escaping: Escaping;
}

/** Differences from the defaults of OpenTelemetry's specification. */
export interface RenderingSettings extends TranslationSettings {
  /** Whether each sample carries the time of its collection; Prometheus advises against it. @defaultValue false */
  readonly timestamps?: boolean | undefined;
}

/** The bytes of one scrape. */
export interface ScrapeBody {
  /** Valid until `release`. */
  readonly chunks: readonly Uint8Array[];
  readonly byteLength: number;
  /** Gives the memory of the chunks back, once nothing reads them any more. A second call does nothing. */
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
    case "protobuf":
      return `application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=${escaping}`;
    default:
      return format satisfies never;
  }
}

/** A body as text. Releases the body. */
export function textOf(body: ScrapeBody): string {
  const text = Buffer.concat(body.chunks, body.byteLength).toString();
  body.release();
  return text;
}
