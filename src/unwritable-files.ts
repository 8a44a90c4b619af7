// Files that a configuration names and that cannot be written, found before anything is started.
import type { Configuration, ConfigurationProblem } from "./config/index.ts";
import { assertWritable } from "./readers/files/assert-writable.ts";

/** A problem for each JSON reader whose file cannot be written. */
export function unwritableFiles({ readers }: Configuration): readonly ConfigurationProblem[] {
  return readers.flatMap((reader) => {
    if (reader.kind !== "json" || reader.file === undefined) return [];
    try {
      assertWritable(reader.file);
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [
        { name: "file of reader json", value: reader.file, allowed: `a file that can be written: ${reason}` },
      ];
    }
  });
}
