/**
 * JSON: the document of all figures, as a file that is written when it is asked for.
 *
 * @module tachymeter/json
 */
export { FileError } from "../../io/files/error.ts";
export { JSONExporter } from "./exporter.ts";
/** @internal */
export { JsonSnapshotExporter } from "./snapshot-exporter.ts";
