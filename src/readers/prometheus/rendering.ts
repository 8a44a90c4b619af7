// From a collection to the bytes of one scrape.
import { setImmediate } from "node:timers/promises";
import type { Collection } from "../../engine/collection/collection.ts";
import { resourceMetricsFrom } from "../../engine/collection/resource-metrics.ts";
import { familiesFromMetrics } from "../series/families.ts";
import { encodeText } from "./encode.ts";

/** The formats in which Prometheus takes metrics. */
export type ExpositionFormat = "text-0.0.4" | "text-1.0.0" | "openmetrics-1.0.0" | "protobuf";

/** What becomes of characters in names that Prometheus did not know before its version 3. */
export type Escaping = "underscores" | "dots" | "values" | "allow-utf-8";

/** What one scraper has asked for. */
export interface Exposition {
  readonly format: ExpositionFormat;
  readonly escaping: Escaping;
}

/** How names are made of OpenTelemetry's, before a scraper's escaping. */
export type TranslationStrategy =
  | "UnderscoreEscapingWithSuffixes"
  | "UnderscoreEscapingWithoutSuffixes"
  | "NoUTF8EscapingWithSuffixes"
  | "NoTranslation";

/** How a renderer's text differs from what OpenTelemetry's specification describes. */
export interface RenderingSettings {
  /** @defaultValue "UnderscoreEscapingWithSuffixes" */
  readonly strategy?: TranslationStrategy | undefined;
  /** Put before every name but `target_info`, with a `_`. @defaultValue none */
  readonly prefix?: string | undefined;
  /** Whether counters end in `_total`, where the strategy has suffixes. @defaultValue true */
  readonly counterSuffix?: boolean | undefined;
  /** Whether every series is labelled with its instrumentation scope. @defaultValue true */
  readonly scopeLabels?: boolean | undefined;
  /** Whether the resource becomes `target_info`. @defaultValue true */
  readonly targetInfo?: boolean | undefined;
  /** Resource attributes whose keys match become labels of every series. @defaultValue none */
  readonly resourceLabels?: RegExp | undefined;
  /** Whether each sample carries the time of its collection; Prometheus advises against it. @defaultValue false */
  readonly timestamps?: boolean | undefined;
  /** Whether formats that can show it say since when a series counts. @defaultValue true */
  readonly created?: boolean | undefined;
}

/** What one rendering differs in. */
export interface RenderOptions {
  /** Only families that have one of these names, or a sample of it; all by default. */
  readonly names?: ReadonlySet<string> | undefined;
  /** Ends the rendering early: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The bytes of one scrape. */
export interface ScrapeBody {
  /** In their order; they hold until `release`. */
  readonly chunks: readonly Uint8Array[];
  readonly byteLength: number;
  /** To be called once nobody reads the chunks any more: their memory is used again. A second call does nothing. */
  release(): void;
}

/** Renders collections, one or several at a time, in slices that give way to the application. */
export class Renderer {
  readonly #settings: RenderingSettings;

  constructor(settings: RenderingSettings = {}) {
    this.#settings = settings;
  }

  /**
   * The bytes of a collection. The collection must hold until then: a reader renders before it collects again.
   *
   * Rejects with the reason of `signal` where that ends it, and else never.
   */
  async render(
    collection: Collection,
    _exposition: Exposition,
    { names, signal }: RenderOptions = {},
  ): Promise<ScrapeBody> {
    await setImmediate();
    signal?.throwIfAborted();
    const families = familiesFromMetrics(resourceMetricsFrom(collection), this.#settings);
    const chosen = names === undefined ? families : families.filter(({ name }) => names.has(name));
    const bytes = Buffer.from(encodeText(chosen, { timestamps: this.#settings.timestamps }));
    return { chunks: [bytes], byteLength: bytes.length, release() {} };
  }
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
