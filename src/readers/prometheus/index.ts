/**
 * Prometheus: a reader that a Prometheus server scrapes, and the same text as a string or a file.
 *
 * @module tachymeter/prometheus
 */
export { PrometheusAdapter } from "./render.ts";
export { PrometheusExporter } from "./exporter.ts";
export { ListenError, PortInUseError } from "./serving/scrape-server.ts";
export { type PrometheusExporterOptions } from "./serving/options.ts";
/** @internal */
export { PROMETHEUS, type PrometheusSettings } from "./serving/options.ts";
export { type BasicAuthOptions, type SecurityOptions, type TlsOptions } from "./serving/security-options.ts";
export {
  OptionsError as PrometheusOptionsError,
  type OptionsProblem as PrometheusOptionsProblem,
} from "../../options/options-error.ts";
export { type FormatOptions, renderPrometheus } from "./render.ts";
export { type TranslationStrategy } from "../../translation/strategy.ts";
