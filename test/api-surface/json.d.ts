// src/readers/json/index.d.ts
export { FileError } from "../../io/files/error.ts";
export { JSONExporter } from "./exporter.ts";

// src/io/files/error.d.ts
export declare class FileError extends Error {
    readonly name = "FileError";
    readonly code = "TACHYMETER_FILE";
}
export declare function fileErrorFrom(file: string, cause: unknown): FileError;

// src/readers/json/exporter.d.ts
import { MetricsExporter, type MetricsSource } from "../../collector/metrics-exporter.ts";
export declare class JSONExporter extends MetricsExporter {
    #private;
    constructor(file: string);
    exportMetrics(source: MetricsSource): Promise<void>;
}

