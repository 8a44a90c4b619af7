/** Content types of the text formats. */

/** Character set of both text formats. */
export type Charset = "utf-8";

/** Media type of Prometheus' text format. */
export type PrometheusMIME = "text/plain";

/** Version of Prometheus' text format. */
export type PrometheusMetricsVersion = "0.0.4";

/** Media type of OpenMetrics. */
export type OpenMetricsMIME = "application/openmetrics-text";

/** Version of OpenMetrics. */
export type OpenMetricsVersion = "1.0.0";

/** Content type of OpenMetrics. */
export type OpenMetricsContentType = `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`;

/** Content type of Prometheus' text format. */
export type PrometheusContentType =
  `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`;

/** Content types that a registry can have. */
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

/** Content type of Prometheus' text format, the default of a registry. */
export const prometheusContentType: PrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Content type of OpenMetrics, which has exemplars. */
export const openMetricsContentType: OpenMetricsContentType =
  "application/openmetrics-text; version=1.0.0; charset=utf-8";
