// Scalars of YAML 1.2's core schema, after variables are substituted.
import type { Environment } from "../options/environment.ts";

/** A text with its variables substituted. */
export interface Substituted {
  readonly text: string;
  /** Names of the variables that the text refers to. */
  readonly variables: readonly string[];
  /** Those of them that are not set and have no default. */
  readonly missing: readonly string[];
  /** The first reference that is not valid. */
  readonly invalid: string | undefined;
}

// A reference without an end takes the rest of the text, so that no part of it is searched again.
const REFERENCE = /\$\$|\$\{([^}]*)(\}|$)/g;
const NAME = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^\n]*))?$/;

/**
 * Replaces `${NAME}`, `${env:NAME}` and `${NAME:-default}` by variables, and `$$` by `$`. Values are not substituted again.
 * As the specification requires, a variable that is not set or empty counts as missing, and becomes the empty text.
 */
export function substituted(text: string, environment: Environment): Substituted {
  const variables: string[] = [];
  const missing: string[] = [];
  let invalid: string | undefined;
  const result = text.replaceAll(REFERENCE, (whole: string, inner: string | undefined, end: string) => {
    if (inner === undefined) return "$";
    if (end === "") return whole.replaceAll("$$", () => "$");
    const [, name, fallback] = NAME.exec(inner) ?? [];
    if (name === undefined) {
      invalid ??= whole;
      return whole;
    }
    variables.push(name);
    const value = environment[name];
    if (value !== undefined && value !== "") return value;
    if (fallback === undefined) missing.push(name);
    return fallback ?? "";
  });
  return { text: result, variables, missing, invalid };
}

const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const NUMBER = /^(?:[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[\da-fA-F]+)$/;
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/;

/** The value of a scalar without quotes: null, a boolean, a number or a text. */
export function coreValue(text: string): string | number | boolean | null {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (NUMBER.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  return text;
}
