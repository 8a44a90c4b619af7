// Rule files: reading and checking.
import { statSync } from "node:fs";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { assertFileKind, isAbsent, readTextSync } from "../../io/files/open-file.ts";
import { allSteps } from "../../io/yield.ts";
import { type CheckedGroups, fileSteps } from "./check-groups.ts";
import type { Problem } from "./problem.ts";
import { yamlSteps } from "./yaml-values.ts";

/** Maximum size of a rule file. */
export const MAX_RULE_FILE_BYTES = 1_048_576;
const MAX_NESTING = 100;

/** A rule file that was read. */
export interface RuleFile extends CheckedGroups {
  readonly file: string;
  /** `undefined` if the file cannot be read. */
  readonly text: string | undefined;
}

/** The text of a rule file, or its size if it is too large. @throws the system's error. */
export function ruleText(file: string): string | number {
  assertFileKind(file);
  const { size } = statSync(file);
  return size > MAX_RULE_FILE_BYTES ? size : readTextSync(file);
}

/** Reads and checks a rule file. */
export function readRuleFile(file: string): RuleFile {
  return readChecked(file, ruleFileFrom, (problem) => ({
    file,
    text: undefined,
    groups: [],
    problems: [problem],
  }));
}

/** Reads a file, and returns what `check` does; or the file with a problem, if it cannot be read. */
export function readChecked<File>(
  file: string,
  check: (file: string, text: string) => Generator<void, File>,
  unreadable: (problem: Problem) => File,
): File {
  try {
    const text = ruleText(file);
    return typeof text === "string"
      ? allSteps(check(file, text))
      : unreadable({ file, message: sizeMessage(text) });
  } catch (error) {
    const message = isAbsent(error)
      ? "the file was not found; check its path"
      : `the file cannot be read: ${errorMessage(error)}`;
    return unreadable({ file, message });
  }
}

/** Checks the text of a rule file that was read, in steps. */
export function* ruleFileFrom(file: string, text: string): Generator<void, RuleFile> {
  return { file, text, ...(yield* textSteps(file, text)) };
}

/** Checks the text of a rule file, which has the name `file` in problems. */
export function checkRuleText(file: string, text: string): CheckedGroups {
  return allSteps(textSteps(file, text));
}

function* textSteps(file: string, text: string): Generator<void, CheckedGroups> {
  if (Buffer.byteLength(text) > MAX_RULE_FILE_BYTES)
    return withProblem(file, sizeMessage(Buffer.byteLength(text)));
  if (isDeep(text)) return withProblem(file, `the file must have at most ${MAX_NESTING} levels; flatten it`);
  yield;
  const { value, lines, problems } = yield* yamlSteps(text);
  if (problems.length > 0)
    return {
      groups: [],
      problems: problems.map(({ line, message }) => ({
        file,
        ...(line !== undefined && { line }),
        message: `the file must be valid YAML: ${message}`,
      })),
    };
  const checked = yield* fileSteps(file, value, lines);
  const ordered = checked.problems.toSorted((left, right) => (left.line ?? 0) - (right.line ?? 0));
  return { ...checked, problems: ordered };
}

function withProblem(file: string, message: string): CheckedGroups {
  return { groups: [], problems: [{ file, message }] };
}

function sizeMessage(size: number): string {
  return `the file must have at most ${MAX_RULE_FILE_BYTES} bytes, got ${size}; divide it`;
}

/**
 * Whether a text is nested too deeply for the YAML parser, whose time grows with the square of the depth. Brackets in
 * quotes count too, but close again.
 */
export function isDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MAX_NESTING) return true;
  }
  return /^(?:[-?:] ){100}/m.test(text);
}
