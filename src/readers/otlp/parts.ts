// The public names, and further ones for the SDK and the command line tool.
export * from "./index.ts";
export { OtlpFileExporter } from "./file-exporter.ts";
