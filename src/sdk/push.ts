// The parts of push readers; loaded if there is one.
export { countedExporter } from "../readers/push-exporter.ts";
export { PushReader } from "../readers/push-reader.ts";
