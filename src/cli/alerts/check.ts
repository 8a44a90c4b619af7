import { OptionsError } from "../../options/options-error.ts";
import { show } from "../../diagnostics/show.ts";
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
  const { hasSequences, notesOn, problemText, readRuleFile } = await import("../../alerts/index.ts");
  if (hasSequences(file)) return { problems: await problemsOfSequences(file), notes: [] };
  const { groups, problems } = readRuleFile(file);
  return { problems: problems.map(problemText), notes: notesOn(groups).map(problemText) };
}

async function problemsOfSequences(file: string): Promise<readonly string[]> {
  const { ALERTS, readSequenceFile } = await import("../../alerts/index.ts");
  try {
    // With the templates, which only the options check.
    ALERTS.settings({ sequences: readSequenceFile(file), monitors: false });
    return [];
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    return error.problems.map(
      ({ name, must, value }) => `${file}: ${name} must ${must}, got ${show(value, name)}`,
    );
  }
}
