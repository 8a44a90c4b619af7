// A collection as Prometheus' text, for those who serve it themselves.
import { collectionFromMetrics } from "../../engine/collection/collection-from-metrics.ts";
import type { ResourceMetrics } from "../../engine/index.ts";
import { textOf } from "./exposition.ts";
import { Renderer } from "./rendering.ts";
import { expositionFromOptions, type FormatOptions } from "./text-format.ts";

const renderer = new Renderer();

/**
 * Writes a collection in Prometheus' text format 0.0.4 or in OpenMetrics 1.0.0, as `PrometheusExporter` serves it: with
 * `target_info` and the labels of the instrumentation scopes.
 *
 * @throws PrometheusOptionsError where another format is asked for.
 *
 * @example
 * const { resourceMetrics } = await reader.collect();
 * response.setHeader("content-type", "text/plain; version=0.0.4").end(renderPrometheus(resourceMetrics));
 */
export function renderPrometheus(metrics: ResourceMetrics, options: FormatOptions = {}): string {
  const exposition = expositionFromOptions("renderPrometheus", options);
  return textOf(renderer.renderNow(collectionFromMetrics(metrics), exposition));
}
