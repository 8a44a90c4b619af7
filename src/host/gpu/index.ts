/** Metrics of GPUs: `tachymeter/gpu`. */
export { GpuMetrics, type GpuMetricsOptions } from "./gpu-metrics.ts";
