export class FileError extends Error { readonly name = "FileError"; readonly code = "TACHYMETER_FILE"; }
export class JSONExporter extends MetricsExporter { constructor(file: string);
  exportMetrics(source: MetricsSource): Promise<void>; }
