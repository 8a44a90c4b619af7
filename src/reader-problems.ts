// What only the parts themselves know to be wrong, found before anything is started.
import { createRequire } from "node:module";
import type { Configuration, ConfigurationProblem, PrometheusSettings } from "./config/index.ts";
import { assertWritable } from "./readers/files/assert-writable.ts";

const require = createRequire(import.meta.url);

/** A problem for each option that a Prometheus exporter refuses, and for each file that cannot be written. */
export function readerProblems({ readers, eventLog }: Configuration): readonly ConfigurationProblem[] {
  const problems = readers.flatMap((reader) => {
    if (reader.kind === "prometheus") return prometheusProblems(reader);
    return reader.kind === "json" && reader.file !== undefined
      ? fileProblems("file of reader json", reader.file)
      : [];
  });
  return eventLog === undefined ? problems : [...problems, ...fileProblems("eventLog", eventLog.file)];
}

function prometheusProblems({ options, place }: PrometheusSettings): readonly ConfigurationProblem[] {
  const prometheus: typeof import("./readers/prometheus/index.ts") = require("tachymeter/prometheus");
  return prometheus
    .problemsOfOptions(options)
    .map((problem) => ({ ...problem, name: `${place}.${problem.name}` }));
}

function fileProblems(name: string, file: string): readonly ConfigurationProblem[] {
  try {
    assertWritable(file);
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ name, value: file, allowed: `another path: ${reason}` }];
  }
}
