import { UsageError } from "../arguments.ts";
import { Output } from "../output.ts";

/** Checks rule files, and prints their problems. */
export async function checkFiles(files: readonly string[]): Promise<number> {
  if (files.length === 0) throw new UsageError("alerts check: missing file; specify one, such as alerts.yml");
  const { checkRules, problemText } = await import("../../alerts/index.ts");
  const output = new Output(process.stdout);
  let hasProblems = false;
  for (const file of files) {
    const problems = checkRules(file);
    hasProblems ||= problems.length > 0;
    const lines = problems.length === 0 ? [`${file}: valid`] : problems.map(problemText);
    await output.write(`${lines.join("\n")}\n`);
  }
  return hasProblems ? 1 : 0;
}
