// The new file of a migrated project, which starts Tachymeter and has what all other files need.

import { importLine } from "./import-line.ts";

/** The new file's name and form. */
export interface ModuleForm {
  readonly file: string;
  /** Whether TypeScript's imports name files with their endings. */
  readonly isModule: boolean;
  /** Whether it is CommonJS. */
  readonly usesRequire: boolean;
}

/** Returns the text of the new file. */
export function telemetryModule({ usesRequire }: ModuleForm, hasDefaultMetrics: boolean): string {
  const options = hasDefaultMetrics
    ? "{ readers: [exporter] }"
    : "{ readers: [exporter], host: false, runtime: false }";
  const imports = [
    importLine([["start", "start"]], "tachymeter", usesRequire),
    importLine([["PrometheusExporter", "PrometheusExporter"]], "tachymeter/prometheus", usesRequire),
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
    "};",
    "",
  ].join("\n");
}
