// Files of rules over sequences of events.
import { readFileSync, statSync } from "node:fs";
import { parseDocument } from "yaml";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { isObject } from "../../options/check.ts";
import { type Parser, parsed } from "../../options/parser.ts";
import { assertFileKind } from "../../io/files/open-file.ts";
import { isDeep, MAX_RULE_FILE_BYTES } from "../rules/rule-file.ts";
import { type CheckedSequenceRule, ruleFrom, SEQUENCES } from "./check-rules.ts";
import type { SequenceRule } from "./rule.ts";

const MAX_SHOWN = 40;

/**
 * Reads the rules under `sequences` of a YAML or JSON file, for option `sequences`.
 *
 * @throws OptionsError with all problems.
 * @example
 * start({ alerts: { sequences: readSequenceFile("sequences.yml") } });
 */
export function readSequenceFile(file: string): readonly SequenceRule[] {
  return parsed("sequences", (parser) => {
    try {
      assertFileKind(file);
      const { size } = statSync(file);
      if (size <= MAX_RULE_FILE_BYTES)
        return sequencesFromYaml(parser, readFileSync(file, "utf8")).map(ruleFrom);
      return parser.problem("file", size, `have at most ${MAX_RULE_FILE_BYTES} bytes`) ?? [];
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
  if (isDeep(text)) return refuse("be valid YAML (it is nested too deeply)");
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
