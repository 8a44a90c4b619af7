/**
 * Prometheus: a reader that a Prometheus server scrapes, the same text as a string or a file, a Pushgateway, and remote
 * write.
 *
 * @module tachymeter/prometheus
 */
export { PrometheusAdapter } from "./render.ts";
export { PrometheusExporter } from "./exporter.ts";
export { ListenError, PortInUseError } from "./serving/scrape-server.ts";
export { type PrometheusExporterOptions } from "./serving/options.ts";
export { type BasicAuthOptions, type SecurityOptions, type TlsOptions } from "./serving/security-options.ts";
export {
  OptionsError as PrometheusOptionsError,
  type OptionsProblem as PrometheusOptionsProblem,
} from "../../options/options-error.ts";
export { PushgatewayExporter } from "./pushgateway/exporter.ts";
export type { PushgatewayOptions } from "../../options/pushgateway.ts";
export { RemoteWriteExporter } from "./remote-write/exporter.ts";
export type { RemoteWriteOptions } from "../../options/remote-write.ts";
export { type FormatOptions, renderPrometheus } from "./render.ts";
export { type TranslationStrategy } from "../../translation/strategy.ts";
