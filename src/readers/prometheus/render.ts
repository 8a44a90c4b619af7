// A collection as Prometheus' text, for those who serve it themselves.
import type { ResourceMetrics } from "../../engine/index.ts";
import { familiesFromMetrics } from "../series/families.ts";
import { encodeText } from "./encode.ts";
import { assertFormat, type FormatOptions } from "./text-format.ts";

/**
 * Writes a collection in Prometheus' text format 0.0.4, as `PrometheusExporter` serves it: with `target_info` and the
 * labels of the instrumentation scopes.
 *
 * @throws PrometheusOptionsError where another format is asked for.
 *
 * @example
 * const { resourceMetrics } = await reader.collect();
 * response.setHeader("content-type", "text/plain; version=0.0.4").end(renderPrometheus(resourceMetrics));
 */
export function renderPrometheus(metrics: ResourceMetrics, options: FormatOptions = {}): string {
  assertFormat("renderPrometheus", options);
  return encodeText(familiesFromMetrics(metrics));
}
