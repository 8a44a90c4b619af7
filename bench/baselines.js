// The compared packages. A measurement whose name ends with `upstream 3` or `@prometheus-io/client` is that of `upstream` or
// `prom-client`, with the new line of the package.
import { createRequire } from "node:module";
import { join } from "node:path";

const NEW_LINES = { "upstream 3": "upstream", "@prometheus-io/client": "prom-client" };

const name = process.argv[2] ?? "";
const line = Object.keys(NEW_LINES).find((each) => name.endsWith(`, ${each}`));
const require = createRequire(import.meta.url);
// The new line of the SDK needs an API of its own, so it is in a folder of its own.
const ofSdk = line === "upstream 3" ? createRequire(join(import.meta.dirname, "baselines/run.js")) : require;

/** The name with the old line. */
export const measurement = line === undefined ? name : name.slice(0, -line.length) + NEW_LINES[line];

export const upstream = ofSdk("@opentelemetry/sdk-metrics");
export const { PrometheusExporter, PrometheusSerializer } = ofSdk("@opentelemetry/exporter-prometheus");
export const prometheus = require(line === "@prometheus-io/client" ? line : "prom-client");
