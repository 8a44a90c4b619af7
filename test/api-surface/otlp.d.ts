// src/readers/otlp/index.d.ts
export { MissingPackageError, OtlpExporter } from "./exporter.ts";
export type { OtlpExporterOptions } from "./options.ts";

// src/readers/otlp/exporter.d.ts
import type { ExportResult } from "@opentelemetry/core";
import type { AggregationOption, AggregationTemporality, InstrumentType, PushMetricExporter, ResourceMetrics } from "../../engine/index.ts";
import type { OtlpExporterOptions } from "./options.ts";
export declare class OtlpExporter implements PushMetricExporter {
    #private;
    constructor(options?: OtlpExporterOptions);
    export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void;
    forceFlush(): Promise<void>;
    shutdown(): Promise<void>;
    selectAggregation(instrumentType: InstrumentType): AggregationOption;
    selectAggregationTemporality(instrumentType: InstrumentType): AggregationTemporality;
}
export declare class MissingPackageError extends Error {
    readonly name = "MissingPackageError";
    readonly code = "TACHYMETER_MISSING_PACKAGE";
}


// src/readers/otlp/options.d.ts
import type { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
export type UpstreamOtlpOptions = NonNullable<ConstructorParameters<typeof OTLPMetricExporter>[0]>;
export interface OtlpExporterOptions extends UpstreamOtlpOptions {
    readonly protocol?: "http/protobuf" | "http/json" | "grpc";
    readonly temporality?: "cumulative" | "delta" | "lowmemory";
}

