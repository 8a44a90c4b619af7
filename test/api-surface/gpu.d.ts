export class GpuMetrics { constructor(options?: GpuMetricsOptions); start(): void; stop(): void; }
export interface GpuMetricsOptions { readonly meterProvider?: MeterProvider; readonly command?: string; }
