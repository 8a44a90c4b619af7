import { isObject } from "../../options/check.ts";
import { isDeep, ruleText } from "../rules/rule-file.ts";
import { yamlValues } from "../rules/yaml-values.ts";

/** Whether a file has rules over sequences of events. A file that cannot be read or parsed has none. */
export function hasSequences(file: string): boolean {
  try {
    const text = ruleText(file);
    return typeof text === "string" && isTextWithSequences(text);
  } catch {
    return false;
  }
}

/** Whether the text of a rule file has rules over sequences of events. One that cannot be parsed has none. */
export function isTextWithSequences(text: string): boolean {
  if (isDeep(text)) return false;
  const { value, problems } = yamlValues(text);
  return problems.length === 0 && isObject(value) && Object.hasOwn(value, "sequences");
}
