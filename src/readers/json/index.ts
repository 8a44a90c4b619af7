/**
 * JSON: a document of all metrics, or a line for each series; a file, written on demand or at each export, or a URL.
 *
 * @module tachymeter/json
 */
export { FileError } from "../../io/files/open-file.ts";
export { JSONExporter } from "./document.ts";
export { JsonSnapshotExporter } from "./snapshot-exporter.ts";
export type { JsonSnapshotExporterOptions } from "../../options/json.ts";
export {
  OptionsError as JsonOptionsError,
  type OptionsProblem as JsonOptionsProblem,
} from "../../options/options-error.ts";
