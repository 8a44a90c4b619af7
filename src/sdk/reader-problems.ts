// What only the parts themselves know to be wrong, found before anything is started.
import { errorMessage } from "../diagnostics/error-message.ts";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type {
  Configuration,
  ConfigurationProblem,
  OtlpSettings,
  PrometheusSettings,
} from "../options/index.ts";
import { historyProblems } from "../history/options.ts";
import { assertWritable } from "../io/files/replace.ts";
import { part } from "#on-demand";
import { isOutboxOptions, outboxProblems } from "../io/outbox/options.ts";

/**
 * A problem for each option that a Prometheus exporter or an outbox refuses, for each file that cannot be written or is
 * written by another, for each outbox whose directory is another reader's, and for each option that a history refuses.
 */
export function readerProblems({
  readers,
  eventLog,
  history,
}: Configuration): readonly ConfigurationProblem[] {
  const directories = new Set<string>();
  const files = new Set<string>();
  const problems = readers.flatMap((reader) => {
    switch (reader.kind) {
      case "prometheus":
        return prometheusProblems(reader);
      case "otlp":
        return reader.outbox === undefined ? [] : problemsOfOutbox(reader, directories);
      case "json":
        return reader.file === undefined ? [] : fileProblems("file of reader json", reader.file, files);
      default:
        return [];
    }
  });
  return [
    ...problems,
    ...(eventLog === undefined ? [] : fileProblems("eventLog", eventLog.file, files)),
    ...(history === undefined ? [] : historyProblems(history.options).map(ofHistory)),
  ];
}

function ofHistory({ name, ...problem }: ConfigurationProblem): ConfigurationProblem {
  return { ...problem, name: `history.${name}` };
}

// What one process leaves in a directory the next one delivers, to one receiver: so it may have one alone.
function problemsOfOutbox(
  { outbox, outboxPlace }: OtlpSettings,
  directories: Set<string>,
): readonly ConfigurationProblem[] {
  if (!isOutboxOptions(outbox)) {
    return outboxProblems(outbox).map(({ name, ...problem }) => ({
      ...problem,
      name: name === "options" ? outboxPlace : `${outboxPlace}.${name}`,
    }));
  }
  const directory = resolve(outbox.directory);
  const isTaken = directories.has(directory);
  directories.add(directory);
  if (!isTaken) return [];
  const allowed = "each reader a directory of its own by option outbox";
  return [{ name: outboxPlace, value: outbox.directory, allowed }];
}

function prometheusProblems({ options, place }: PrometheusSettings): readonly ConfigurationProblem[] {
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
function fileProblems(name: string, file: string, files: Set<string>): readonly ConfigurationProblem[] {
  try {
    assertWritable(file);
    const path = resolve(file);
    const isTaken = files.has(path) && statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
    files.add(path);
    return isTaken
      ? [{ name, value: file, allowed: "each reader, and the event log, a file of its own" }]
      : [];
  } catch (error) {
    const reason = errorMessage(error);
    return [{ name, value: file, allowed: `another path: ${reason}` }];
  }
}
