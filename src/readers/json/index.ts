/**
 * JSON: a document of all metrics, written to a file on demand.
 *
 * @module tachymeter/json
 */
export { FileError } from "../../io/files/open-file.ts";
export { JSONExporter } from "./document.ts";
/** @internal */
export { JsonSnapshotExporter } from "./snapshot-exporter.ts";
