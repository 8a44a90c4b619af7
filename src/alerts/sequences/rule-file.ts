// Files of rules over sequences of events.
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { isObject } from "../../options/check.ts";
import { type Parser, parsed } from "../../options/parser.ts";
import { type CheckedSequenceRule, SEQUENCES } from "./check-rules.ts";

const MAX_CHARACTERS = 1_000_000;
const MAX_SHOWN = 40;
// The time of the parser grows with the square of the depth.
const TOO_DEEP = /(?:[[{?:-]\s*){1000}/;

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
  const refuse = (must: string): readonly CheckedSequenceRule[] => {
    parser.problem("file", text.slice(0, MAX_SHOWN), must);
    return [];
  };
  if (text.length > MAX_CHARACTERS) return refuse(`have at most ${MAX_CHARACTERS} characters`);
  if (TOO_DEEP.test(text)) return refuse("be valid YAML (it is nested too deeply)");
  let content: unknown;
  try {
    const document = parseDocument(text, { logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) return refuse(`be valid YAML (${firstLine(error.message)})`);
    content = document.toJS();
  } catch (error) {
    return refuse(`be valid YAML (${firstLine(errorMessage(error))})`);
  }
  if (!isObject(content)) return refuse("be an object with sequences");
  parser.refuseUnknown("", content, ["groups", "sequences"]);
  const given = content["sequences"];
  return given === undefined ? [] : SEQUENCES.parse(parser, given, "sequences");
}

// The place and the line of the file follow on further lines.
function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? "").replace(/:$/, "");
}
