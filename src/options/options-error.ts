import { firstTexts } from "../diagnostics/first-texts.ts";
import { redact } from "../diagnostics/redact.ts";
import { show } from "../diagnostics/show.ts";

/** One invalid option or environment variable. */
export interface OptionsProblem {
  /** The option (`readers[0].port`) or environment variable (`TACHYMETER_KERNELS`). */
  readonly name: string;
  /** The value received, without secrets. */
  readonly value: unknown;
  /** The rule: `be a number of seconds above 0`. */
  readonly must: string;
}

/**
 * Thrown by `start()` and by constructors if options or environment variables are invalid. Holds all problems.
 *
 * @example
 * try { start({ readers: ["promethius"] }); } catch (error) { console.error(error.problems); }
 */
export class OptionsError extends Error {
  /** Always `OptionsError`. */
  override readonly name = "OptionsError";
  /** Always `TACHYMETER_CONFIGURATION`. */
  readonly code = "TACHYMETER_CONFIGURATION";
  /** The part that was configured: `configuration of tachymeter`, `outbox`. */
  readonly subject: string;
  /** All invalid options and variables, with secrets removed from their values. */
  readonly problems: readonly OptionsProblem[];

  constructor(subject: string, problems: readonly OptionsProblem[], options?: ErrorOptions) {
    super(textOf(subject, problems), options);
    this.subject = subject;
    this.problems = problems.map(({ name, value, must }) => ({ name, value: redact(value, name), must }));
  }
}

// Several problems have a line each.
function textOf(subject: string, problems: readonly OptionsProblem[]): string {
  const page = "see tachymeter/docs/configuration.md";
  const shown = firstTexts(problems, sentence);
  if (problems.length < 2) return `${subject}: ${shown.join("")}; ${page}`;
  return [`${subject}: ${problems.length} problems; ${page}`, ...shown].join("\n  ");
}

function sentence({ name, value, must }: OptionsProblem): string {
  return `${name} must ${must}, got ${show(value, name)}`;
}
