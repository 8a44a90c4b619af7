// Prometheus text without a server.
import { parsed } from "../../options/parser.ts";
import { oneOf, type Checks } from "../../options/check.ts";
import { collectionFromMetrics } from "../../engine/collection/collection-from-metrics.ts";
import type { ResourceMetrics } from "../../engine/index.ts";
import { type Exposition, textOf } from "./exposition.ts";
import { Renderer } from "./rendering.ts";
import { MetricsExporter, type MetricsSource } from "../../collector/metrics-exporter.ts";
import { assertFile, replaceFile } from "../../io/files/replace.ts";
import { familiesFromSnapshot } from "./snapshot-families.ts";

/** Options of texts without content negotiation. */
export interface FormatOptions {
  /**
   * `"text"` is Prometheus' text format 0.0.4, `"openmetrics"` OpenMetrics 1.0.0.
   *
   * @defaultValue "text"
   */
  readonly format?: "text" | "openmetrics" | undefined;
}

const renderer = new Renderer();

/**
 * Renders a collection in Prometheus text format 0.0.4 or OpenMetrics 1.0.0, as `PrometheusExporter` serves it: with
 * `target_info` and the labels of instrumentation scopes.
 *
 * @throws OptionsError if `format` is invalid.
 *
 * @example
 * const { resourceMetrics } = await reader.collect();
 * response.setHeader("content-type", "text/plain; version=0.0.4").end(renderPrometheus(resourceMetrics));
 */
export function renderPrometheus(metrics: ResourceMetrics, options: FormatOptions = {}): string {
  const exposition = expositionFromOptions("renderPrometheus", options);
  return textOf(renderer.renderNow(collectionFromMetrics(metrics), exposition));
}

/** The exposition selected by the options of `subject`. @throws OptionsError */
function expositionFromOptions(subject: string, options: FormatOptions): Exposition {
  const { format } = parsed(subject, (parser) => parser.known("options", options, CHECKS));
  return { format: format === "openmetrics" ? "openmetrics-1.0.0" : "text-0.0.4", escaping: "underscores" };
}

const CHECKS: Checks<FormatOptions> = { format: oneOf("text", "openmetrics") };

/**
 * Writes a source's snapshot to a file, in Prometheus text format 0.0.4 or OpenMetrics 1.0.0, for a textfile collector or
 * a web server. The file is replaced atomically, so a reader never sees a partial file.
 *
 * @example
 * await new PrometheusAdapter("/var/lib/node_exporter/app.prom").exportMetrics(collector);
 */
export class PrometheusAdapter extends MetricsExporter {
  readonly #file: string;
  readonly #exposition: Exposition;
  readonly #renderer = new Renderer();

  /** @throws OptionsError, FileError */
  constructor(file: string, options: FormatOptions = {}) {
    super();
    this.#exposition = expositionFromOptions("prometheus adapter", options);
    assertFile(file);
    this.#file = file;
  }

  /** @throws FileError (rejection) if the file cannot be written. */
  override async exportMetrics(source: MetricsSource): Promise<void> {
    const families = familiesFromSnapshot(await source.getSnapshot(), (name) => source.getMetric?.(name));
    await replaceFile(this.#file, textOf(this.#renderer.renderList(families, this.#exposition)));
  }
}
