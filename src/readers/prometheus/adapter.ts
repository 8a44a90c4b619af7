// Prometheus' text as a file, for a textfile collector or a web server.
import { MetricsExporter, type MetricsSource } from "../../facades/metrics-exporter.ts";
import { assertFile, replaceFile } from "../files/replace-file.ts";
import { encodeText } from "./encode.ts";
import { familiesFromSnapshot } from "./families-from-snapshot.ts";
import { assertFormat, type FormatOptions } from "./text-format.ts";

/**
 * Writes what a source holds to a file, in Prometheus' text format 0.0.4. The file is replaced as a whole: whoever reads
 * it never sees half of one.
 *
 * @example
 * await new PrometheusAdapter("/var/lib/node_exporter/app.prom").exportMetrics(collector);
 */
export class PrometheusAdapter extends MetricsExporter {
  readonly #file: string;

  /** @throws PrometheusOptionsError, FileError */
  constructor(file: string, options: FormatOptions = {}) {
    super();
    assertFormat("prometheus adapter", options);
    assertFile(file);
    this.#file = file;
  }

  /** @throws FileError by the promise, where the file cannot be written. */
  override async exportMetrics(source: MetricsSource): Promise<void> {
    const families = familiesFromSnapshot(await source.getSnapshot(), (name) => source.getMetric?.(name));
    await replaceFile(this.#file, encodeText(families));
  }
}
