/** A problem of a rule file, or of rules in code. */
export interface Problem {
  /** Path of the file, or name of the option. */
  readonly file: string;
  /** Line in the file, from 1. `undefined` for rules in code. */
  readonly line?: number;
  /** Name of the group. */
  readonly group?: string;
  /** Name of the rule: its `alert` or `record`. */
  readonly rule?: string;
  /** The problem, and what to do. */
  readonly message: string;
}

/** Formats a problem on one line: `alerts.yml:12: group "app", rule "Slow": expr must …`. */
export function problemText({ file, line, group, rule, message }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  const names = [
    ...(group === undefined ? [] : [`group ${JSON.stringify(group)}`]),
    ...(rule === undefined ? [] : [`rule ${JSON.stringify(rule)}`]),
  ];
  return [place, ...(names.length === 0 ? [] : [names.join(", ")]), message].join(": ");
}

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
