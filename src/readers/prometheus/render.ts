// Prometheus' text, for those who serve it themselves.
import { collectionFromMetrics } from "../../engine/collection/collection-from-metrics.ts";
import type { ResourceMetrics } from "../../engine/index.ts";
import { type Exposition, textOf } from "./exposition.ts";
import { Renderer } from "./rendering.ts";
import { PrometheusOptionsError } from "./serving/options-error.ts";

/** Options of texts without negotiation. */
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
 * Writes a collection in Prometheus' text format 0.0.4 or in OpenMetrics 1.0.0, as `PrometheusExporter` serves it: with
 * `target_info` and the labels of the instrumentation scopes.
 *
 * @throws PrometheusOptionsError if `format` is invalid.
 *
 * @example
 * const { resourceMetrics } = await reader.collect();
 * response.setHeader("content-type", "text/plain; version=0.0.4").end(renderPrometheus(resourceMetrics));
 */
export function renderPrometheus(metrics: ResourceMetrics, options: FormatOptions = {}): string {
  const exposition = expositionFromOptions("renderPrometheus", options);
  return textOf(renderer.renderNow(collectionFromMetrics(metrics), exposition));
}

/** The exposition that the options of `thing` ask for. @throws PrometheusOptionsError */
export function expositionFromOptions(thing: string, options: FormatOptions): Exposition {
  const value: unknown = options.format;
  if (value === undefined || value === "text") return { format: "text-0.0.4", escaping: "underscores" };
  if (value === "openmetrics") return { format: "openmetrics-1.0.0", escaping: "underscores" };
  throw new PrometheusOptionsError(thing, [{ name: "format", value, allowed: '"text" or "openmetrics"' }]);
}
