// Prometheus' text, for those who serve it themselves.
import { parsed } from "../../options/parser.ts";
import { oneOf, type Checks } from "../../options/check.ts";
import { collectionFromMetrics } from "../../engine/collection/collection-from-metrics.ts";
import type { ResourceMetrics } from "../../engine/index.ts";
import { type Exposition, textOf } from "./exposition.ts";
import { Renderer } from "./rendering.ts";

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

/** The exposition that the options of `subject` ask for. @throws OptionsError */
export function expositionFromOptions(subject: string, options: FormatOptions): Exposition {
  const { format } = parsed(subject, (parser) => parser.known("options", options, CHECKS));
  return { format: format === "openmetrics" ? "openmetrics-1.0.0" : "text-0.0.4", escaping: "underscores" };
}

const CHECKS: Checks<FormatOptions> = { format: oneOf("text", "openmetrics") };
