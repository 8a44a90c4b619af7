import type { WordArguments } from "../arguments.ts";
import { Output } from "../output.ts";

/** Prints the predefined monitors and the rules of files as one rule file. */
export async function exportAll(files: readonly string[], given: WordArguments): Promise<number> {
  const { ALERTS, exportGroups } = await import("../../alerts/index.ts");
  const settings = ALERTS.settings({ rules: files, monitors: !given.flag("no-monitors") });
  await new Output(process.stdout).write(exportGroups(settings));
  return 0;
}
