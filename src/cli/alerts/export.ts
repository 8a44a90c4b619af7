import { logLine } from "../../diagnostics/foreign-text.ts";
import type { WordArguments } from "../arguments.ts";
import { counted } from "../flush.ts";
import { Output } from "../output.ts";

/** Prints the predefined monitors and the rules of files as one rule file. */
export async function exportAll(files: readonly string[], given: WordArguments): Promise<number> {
  const { ALERTS, exportGroups, hasSequences, readSequenceFile } = await import("../../alerts/parts.ts");
  const rules = files.filter((file) => !hasSequences(file));
  const sequences = files
    .filter((file) => hasSequences(file))
    .reduce((sum, file) => sum + readSequenceFile(file).length, 0);
  const settings = ALERTS.settings({ rules, monitors: !given.flag("no-monitors") });
  await new Output(process.stdout).write(exportGroups(settings));
  if (sequences === 0) return 0;
  const missing = `${counted(sequences, "sequence rule")} ${sequences === 1 ? "is" : "are"} not in the export`;
  process.stderr.write(`${logLine(`tachymeter: ${missing}, since Prometheus has no events`)}\n`);
  return 0;
}
