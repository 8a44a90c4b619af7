export OptionsError as JsonOptionsError from "tachymeter"
export OptionsProblem as JsonOptionsProblem from "tachymeter"
export class FileError extends Error { readonly name = "FileError"; readonly code = "TACHYMETER_FILE"; }
export class JSONExporter extends MetricsExporter { constructor(file: string);
  exportMetrics(source: MetricsSource): Promise<void>; }
export class JsonSnapshotExporter implements PushMetricExporter { constructor(options?: JsonSnapshotExporterOptions);
  export(metrics: ResourceMetrics, resultCallback: (result: ExportResult) => void): void; forceFlush(): Promise<void>;
  shutdown(): Promise<void>; }
export interface JsonSnapshotExporterOptions extends LogFileOptions { readonly file?: string | undefined;
  readonly url?: string | undefined; readonly format?: "document" | "ndjson" | undefined;
  readonly compress?: boolean | undefined; }
