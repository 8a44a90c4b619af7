/**
 * JSON: a document of all metrics, as a file that is written on demand.
 *
 * @module tachymeter/json
 */
export { FileError } from "../../io/files/open-file.ts";
export { JSONExporter } from "./document.ts";
/** @internal */
export { JsonSnapshotExporter } from "./snapshot-exporter.ts";
