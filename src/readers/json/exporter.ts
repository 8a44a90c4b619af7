import { MetricsExporter, type MetricsSource } from "../../collector/metrics-exporter.ts";
import { assertFile, replaceFile } from "../../io/files/replace.ts";
import { documentText } from "./document.ts";

/**
 * Writes a source's snapshot to a file, as one JSON document: `timestamp`, `metrics` by key, `events_count`, `running`.
 * The file is replaced as a whole, so that readers never see half of one.
 *
 * @example
 * await new JSONExporter("/var/lib/app/metrics.json").exportMetrics(collector);
 */
export class JSONExporter extends MetricsExporter {
  readonly #file: string;

  /** @throws FileError if `file` is not a valid file name. */
  constructor(file: string) {
    super();
    assertFile(file);
    this.#file = file;
  }

  /** @throws FileError by the promise, if the file cannot be written. */
  override async exportMetrics(source: MetricsSource): Promise<void> {
    await replaceFile(this.#file, documentText(await source.getSnapshot(), 2));
  }
}
