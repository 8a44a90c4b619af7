// The parts of the Prometheus endpoint; loaded if there is one.
export { PrometheusExporter } from "../readers/prometheus/exporter.ts";
export { ownNames } from "../translation/metric-name.ts";
export { PROMETHEUS } from "../readers/prometheus/serving/options.ts";
