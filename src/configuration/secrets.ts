// Secrets in the plain text of a file.
import { isSecretKey, redactText } from "../diagnostics/redact.ts";
import { isObject } from "../options/check.ts";
import type { YamlFile } from "./yaml-file.ts";

/** Paths of values that look like secrets, by their names, and that no variable has been substituted in. */
export function plainSecrets(file: YamlFile): readonly string[] {
  const found: string[] = [];
  collect(file, file.value, "", "", found);
  return found;
}

function collect(file: YamlFile, value: unknown, name: string, path: string, found: string[]): void {
  if (Array.isArray(value)) {
    value.forEach((each, i) => collect(file, each, name, `${path}[${i}]`, found));
  } else if (isObject(value)) {
    // A header, or an attribute: its name is a value.
    const { name: given, value: inner } = value;
    if (typeof given === "string" && typeof inner === "string") {
      collect(file, inner, given, `${path}.value`, found);
      return;
    }
    for (const [key, each] of Object.entries(value))
      collect(file, each, key, path === "" ? key : `${path}.${key}`, found);
  } else if (typeof value === "string" && value !== "" && file.variablesOf(path).length === 0) {
    const isOfHeaders = name === "headers_list" && value.split(",").some((pair) => isSecretPair(pair));
    const isSecret = name !== "headers_list" && isSecretName(name);
    if (isOfHeaders || isSecret || redactText(value) !== value) found.push(path);
  }
}

function isSecretPair(pair: string): boolean {
  const at = pair.indexOf("=");
  return at > 0 && isSecretName(pair.slice(0, at).trim());
}

// Paths of files, and lists of names, have such names too.
function isSecretName(name: string): boolean {
  return isSecretKey(name) && !/file$|_keys$|^(?:key|included|excluded)$/i.test(name);
}
