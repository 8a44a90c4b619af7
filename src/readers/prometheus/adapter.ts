import { MetricsExporter, type MetricsSource } from "../../collector/metrics-exporter.ts";
import { assertFile, replaceFile } from "../../io/files/replace.ts";
import { familiesFromSnapshot } from "./families-from-snapshot.ts";
import { type Exposition, textOf } from "./exposition.ts";
import { expositionFromOptions, type FormatOptions } from "./render.ts";
import { Renderer } from "./rendering.ts";

/**
 * Writes a source's snapshot to a file, in Prometheus' text format 0.0.4 or in OpenMetrics 1.0.0, for a textfile collector
 * or a web server. The file is replaced as a whole, so that readers never see half of one.
 *
 * @example
 * await new PrometheusAdapter("/var/lib/node_exporter/app.prom").exportMetrics(collector);
 */
export class PrometheusAdapter extends MetricsExporter {
  readonly #file: string;
  readonly #exposition: Exposition;
  readonly #renderer = new Renderer();

  /** @throws OptionsError, FileError */
  constructor(file: string, options: FormatOptions = {}) {
    super();
    this.#exposition = expositionFromOptions("prometheus adapter", options);
    assertFile(file);
    this.#file = file;
  }

  /** @throws FileError by the promise, if the file cannot be written. */
  override async exportMetrics(source: MetricsSource): Promise<void> {
    const families = familiesFromSnapshot(await source.getSnapshot(), (name) => source.getMetric?.(name));
    await replaceFile(this.#file, textOf(this.#renderer.renderList(families, this.#exposition)));
  }
}
