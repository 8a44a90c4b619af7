// What only the parts themselves know to be wrong, found before anything is started.
import { errorMessage } from "../diagnostics/error-message.ts";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Configuration, OptionsProblem, OtlpSettings, PrometheusSettings } from "../options/index.ts";
import { assertWritable } from "../io/files/replace.ts";
import { part } from "#on-demand";

/**
 * A problem for each option that a Prometheus exporter refuses, for each file that cannot be written or is
 * written by another, and for each outbox whose directory is another reader's.
 */
export function readerProblems({ readers, eventLog }: Configuration): readonly OptionsProblem[] {
  const directories = new Set<string>();
  const files = new Set<string>();
  const problems = readers.flatMap((reader) => {
    switch (reader.kind) {
      case "prometheus":
        return prometheusProblems(reader);
      case "otlp":
        return problemsOfOutbox(reader, directories);
      case "json":
        return reader.file === undefined ? [] : fileProblems("file of reader json", reader.file, files);
      default:
        return [];
    }
  });
  return [...problems, ...(eventLog === undefined ? [] : fileProblems("eventLog", eventLog.file, files))];
}

// What one process leaves in a directory the next one delivers, to one receiver: so it may have one alone.
function problemsOfOutbox(
  { outbox, outboxPlace }: OtlpSettings,
  directories: Set<string>,
): readonly OptionsProblem[] {
  if (outbox === undefined) return [];
  const directory = resolve(outbox.directory);
  const isTaken = directories.has(directory);
  directories.add(directory);
  if (!isTaken) return [];
  const must = "be a directory of its own for each reader, by option outbox";
  return [{ name: outboxPlace, value: outbox.directory, must }];
}

function prometheusProblems({ options, place }: PrometheusSettings): readonly OptionsProblem[] {
  return part("prometheus")
    .problemsOfOptions(options)
    .map((problem) => {
      // Whatever the reader's place, variables are named by their names.
      const isBare = place === "" || problem.name.startsWith("TACHYMETER_");
      return isBare ? problem : { ...problem, name: `${place}.${problem.name}` };
    });
}

// A document takes the place of what is there, and lines of two kinds in one file are nobody's; the standard output may
// well have both.
function fileProblems(name: string, file: string, files: Set<string>): readonly OptionsProblem[] {
  try {
    assertWritable(file);
    const path = resolve(file);
    const isTaken = files.has(path) && statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
    files.add(path);
    return isTaken
      ? [{ name, value: file, must: "be a file of its own, for each reader and the event log" }]
      : [];
  } catch (error) {
    const reason = errorMessage(error);
    return [{ name, value: file, must: `be another path: ${reason}` }];
  }
}
