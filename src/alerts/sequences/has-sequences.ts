import { readFileSync, statSync } from "node:fs";
import { assertFileKind } from "../../io/files/open-file.ts";
import { isObject } from "../../options/check.ts";
import { isDeep, MAX_RULE_FILE_BYTES } from "../rules/rule-file.ts";
import { yamlValues } from "../rules/yaml-values.ts";

/** Whether a file has rules over sequences of events. A file that cannot be read or parsed has none. */
export function hasSequences(file: string): boolean {
  try {
    assertFileKind(file);
    if (statSync(file).size > MAX_RULE_FILE_BYTES) return false;
    const text = readFileSync(file, "utf8");
    if (isDeep(text)) return false;
    const { value } = yamlValues(text);
    return isObject(value) && Object.hasOwn(value, "sequences");
  } catch {
    return false;
  }
}
