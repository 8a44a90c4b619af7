/**
 * Variables of a process that is to export at its end alone. The first export is at a random moment of the interval. With the
 * default one it falls into one of a hundred short programs. Longer than an hour is a warning.
 */
export const NO_INTERVAL = { OTEL_METRIC_EXPORT_INTERVAL: "3600000" };
