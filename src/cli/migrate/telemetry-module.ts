// The new file of a migrated project, which starts Tachymeter and has what all other files need.
import { importLine, KEPT } from "./import-line.ts";

/** The new file's name and form. */
export interface ModuleForm {
  readonly file: string;
  /** Whether TypeScript's imports name files with their endings. */
  readonly isModule: boolean;
  /** Whether it is CommonJS. */
  readonly usesRequire: boolean;
}

// The methods of prom-client's registry without a counterpart.
const OF_REGISTRY: ReadonlySet<string> = new Set([
  "clear",
  "getMetricsAsArray",
  "getMetricsAsJSON",
  "getSingleMetric",
  "getSingleMetricAsString",
  "registerMetric",
  "removeSingleMetric",
  "resetMetrics",
  "setContentType",
  "setDefaultLabels",
]);

/** Returns the text of the new file. `called` are the methods of registries that have no counterpart here. */
export function telemetryModule(
  { usesRequire }: ModuleForm,
  hasDefaultMetrics: boolean,
  called: ReadonlySet<string>,
): string {
  const kept = [...called].filter((method) => OF_REGISTRY.has(method)).toSorted();
  const options = hasDefaultMetrics
    ? "{ readers: [exporter] }"
    : "{ readers: [exporter], host: false, runtime: false }";
  const imports = [
    importLine([["start", "start"]], "tachymeter", usesRequire),
    importLine([["PrometheusExporter", "PrometheusExporter"]], "tachymeter/prometheus", usesRequire),
    ...(kept.length === 0 ? [] : [importLine([["register", "register"]], KEPT, usesRequire)]),
  ];
  const exported = usesRequire ? "exports." : "export const ";
  const start = usesRequire ? "exports.collector" : "export const { collector }";
  return [
    ...imports,
    "",
    "// Labels as prom-client writes them, and no server: the application has an endpoint.",
    "const exporter = new PrometheusExporter({",
    "  preventServerStart: true,",
    "  withoutScopeInfo: true,",
    "  withoutTargetInfo: true,",
    "});",
    "const scrape = exporter.fetchHandler();",
    "",
    `${start} = start(${options})${usesRequire ? ".collector" : ""};`,
    "",
    "// In place of prom-client's registry.",
    `${exported}registry = {`,
    '  contentType: "text/plain; version=0.0.4; charset=utf-8",',
    '  metrics: async () => (await scrape(new Request("http://localhost/metrics"))).text(),',
    ...(kept.length === 0 ? [] : ["  // prom-client's API, without effect on the metrics of the collector."]),
    ...kept.map((method) => `  ${method}: register.${method}.bind(register),`),
    "};",
    "",
  ].join("\n");
}
