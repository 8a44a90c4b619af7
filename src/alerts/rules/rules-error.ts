import { type Problem, problemText } from "./problem.ts";

/** Thrown for rules with problems. Holds all of them. */
export class RulesError extends Error {
  /** Always `RulesError`. */
  override readonly name = "RulesError";
  /** Always `TACHYMETER_RULES`. */
  readonly code = "TACHYMETER_RULES";
  /** All problems, in the order of the files and lines. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problemText(problem)).join("\n"));
    this.problems = problems;
  }
}
