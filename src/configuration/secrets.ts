// Secrets in the plain text of a file.
import { isSecretKey, redactText } from "../diagnostics/redact.ts";
import { isLoopback } from "../io/http/loopback.ts";
import { isObject } from "../options/check.ts";
import type { YamlFile } from "./yaml-file.ts";

const RECEIVER = /\.alerts\.receivers\[\d+\]$/;
// Fields whose names do not show that they are secrets.
const SECRETS_OF_RECEIVERS: ReadonlyMap<unknown, string> = new Map([
  ["slack", "url"],
  ["webhook", "url"],
  ["pagerduty", "routingKey"],
]);

/** Paths of values that look like secrets, by their names, and that no variable has been substituted in; in steps. */
export function* plainSecrets(file: YamlFile): Generator<void, readonly string[]> {
  const found: string[] = [];
  yield* collect(file, file.value, "", "", found);
  return found;
}

function* collect(
  file: YamlFile,
  value: unknown,
  name: string,
  path: string,
  found: string[],
): Generator<void, void> {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    for (const [i, each] of list.entries()) yield* collect(file, each, name, `${path}[${i}]`, found);
  } else if (isObject(value)) {
    // A header, or an attribute: its name is a value.
    const { name: given, value: inner } = value;
    if (typeof given === "string" && typeof inner === "string") {
      yield* collect(file, inner, given, `${path}.value`, found);
      return;
    }
    const secret = RECEIVER.test(path) ? SECRETS_OF_RECEIVERS.get(value["type"]) : undefined;
    for (const [key, each] of Object.entries(value))
      yield* collect(
        file,
        each,
        key === secret && !isOnLoopback(each) ? "secret" : key,
        path === "" ? key : `${path}.${key}`,
        found,
      );
  } else if (typeof value === "string" && value !== "" && file.variablesOf(path).length === 0) {
    yield;
    const isOfHeaders = name === "headers_list" && value.split(",").some((pair) => isSecretPair(pair));
    const isSecret = name !== "headers_list" && isSecretName(name);
    if (isOfHeaders || isSecret || redactText(value) !== value) found.push(path);
  }
}

// Only programs of this machine can use it.
function isOnLoopback(value: unknown): boolean {
  return typeof value === "string" && URL.canParse(value) && isLoopback(new URL(value).hostname);
}

function isSecretPair(pair: string): boolean {
  const at = pair.indexOf("=");
  return at > 0 && isSecretName(pair.slice(0, at).trim());
}

// Paths of files, and lists of names, have such names too.
function isSecretName(name: string): boolean {
  return isSecretKey(name) && !/file$|_keys$|^(?:key|included|excluded)$/i.test(name);
}
