import { UsageError } from "../arguments.ts";
import { Output } from "../output.ts";

/** Checks files of rules and of sequences, and prints their problems. */
export async function checkFiles(files: readonly string[]): Promise<number> {
  if (files.length === 0) throw new UsageError("alerts check: missing file; specify one, such as alerts.yml");
  const output = new Output(process.stdout);
  let hasProblems = false;
  for (const file of files) {
    const { problems, notes } = await checked(file);
    hasProblems ||= problems.length > 0;
    const lines = [
      ...(problems.length === 0 ? [`${file}: valid`] : problems),
      ...notes.map((note) => `note: ${note}`),
    ];
    await output.write(`${lines.join("\n")}\n`);
  }
  return hasProblems ? 1 : 0;
}

/** Problems, and notes on probable mistakes in valid rules. */
interface Checked {
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

async function checked(file: string): Promise<Checked> {
  const { checkRules, notesOn, problemText, readRuleFile } = await import("../../alerts/parts.ts");
  return {
    problems: checkRules(file).map(problemText),
    notes: notesOn(readRuleFile(file).groups).map(problemText),
  };
}
