// Files of rules over sequences of events.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { isObject } from "../../options/check.ts";
import { type Parser, parsed } from "../../options/parser.ts";
import { type CheckedSequenceRule, SEQUENCES } from "./check-rules.ts";

const MAX_CHARACTERS = 10_000_000;

/**
 * Reads the rules under `sequences` of a YAML or JSON file. Rules of alerts, under `groups`, are left out.
 *
 * @throws OptionsError with all problems.
 */
export function readSequenceFile(file: string): readonly CheckedSequenceRule[] {
  return parsed("sequences", (parser) => {
    try {
      return sequencesFromYaml(parser, readFileSync(file, "utf8"));
    } catch (error) {
      parser.problem("file", file, `be readable (${errorMessage(error)})`);
      return [];
    }
  });
}

/** Parses the text of a file as {@link readSequenceFile} does. Problems are added to `parser`. */
export function sequencesFromYaml(parser: Parser, text: string): readonly CheckedSequenceRule[] {
  if (text.length > MAX_CHARACTERS) {
    parser.problem("file", text.length, `have at most ${MAX_CHARACTERS} characters`);
    return [];
  }
  try {
    return sequencesFrom(parser, parse(text, { logLevel: "silent" }));
  } catch (error) {
    // The parser is recursive, so that deep nesting exceeds the stack.
    const [problem] = (error instanceof RangeError ? "it is nested too deeply" : errorMessage(error)).split(
      "\n",
    );
    parser.problem("file", shownStart(text), `be valid YAML (${problem})`);
    return [];
  }
}

function sequencesFrom(parser: Parser, given: unknown): readonly CheckedSequenceRule[] {
  if (!isObject(given)) {
    parser.problem("file", given, "be an object with sequences");
    return [];
  }
  parser.refuseUnknown("", given, ["groups", "sequences"]);
  return given["sequences"] === undefined ? [] : SEQUENCES.parse(parser, given["sequences"], "sequences");
}

function shownStart(text: string): string {
  return text.slice(0, 100);
}
