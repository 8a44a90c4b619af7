// The functions that every Go template has.
import { printf } from "./printf.ts";
import { TemplateError } from "./template-error.ts";
import { Entries, isTrue, textOf, typeOf, type Value } from "./value.ts";

/** A function of templates. A pipeline's value is the last argument. */
export interface TemplateFunction {
  readonly minArgs: number;
  /** `undefined` without a limit. */
  readonly maxArgs: number | undefined;
  /** Calls the function. Throws a {@link TemplateError} if it fails. */
  readonly call: (args: readonly Value[]) => Value;
}

/** `and` and `or` are not here: they do not evaluate all arguments. */
export const BUILTIN_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  not: takes(1, 1, ([value]) => !isTrue(value)),
  len: takes(1, 1, ([value]) => BigInt(lengthOf(value))),
  index: takes(1, undefined, ([value, ...keys]) => keys.reduce((each, key) => entryOf(each, key), value)),
  slice: takes(1, 4, ([value, ...bounds]) => sliced(value, bounds)),
  print: takes(0, undefined, (args) => printed(args)),
  println: takes(0, undefined, (args) => `${args.map((arg) => textOf(arg)).join(" ")}\n`),
  printf: takes(1, undefined, ([format, ...values]) => printf(textArgument(format), values)),
  html: takes(0, undefined, (args) => goHtml(printed(args))),
  js: takes(0, undefined, (args) => javaScriptText(printed(args))),
  urlquery: takes(0, undefined, (args) => queryText(printed(args))),
  eq: takes(2, undefined, ([first, ...others]) => others.some((other) => isEqual(first, other))),
  ne: takes(2, 2, ([left, right]) => !isEqual(left, right)),
  lt: takes(2, 2, ([left, right]) => isLess(left, right)),
  le: takes(2, 2, ([left, right]) => isLess(left, right) || isEqual(left, right)),
  gt: takes(2, 2, ([left, right]) => !(isLess(left, right) || isEqual(left, right))),
  ge: takes(2, 2, ([left, right]) => !isLess(left, right)),
};

/** Returns a function of a number of arguments; `undefined` for no limit. */
export function takes(
  minArgs: number,
  maxArgs: number | undefined,
  call: TemplateFunction["call"],
): TemplateFunction {
  return { minArgs, maxArgs, call };
}

/** A string argument. Throws a {@link TemplateError} for any other value. */
export function textArgument(value: Value): string {
  if (typeof value === "string") return value;
  throw new TemplateError(`wrong type for value; expected string; got ${typeOf(value)}`);
}

function lengthOf(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Entries) return value.size;
  throw new TemplateError(value === undefined ? "len of nil pointer" : `len of type ${typeOf(value)}`);
}

function entryOf(value: Value, key: Value): Value {
  if (value instanceof Entries) {
    if (typeof key !== "string") throw new TemplateError(`value has type ${typeOf(key)}; should be string`);
    return value.get(key);
  }
  const isList = Array.isArray(value);
  if (!isList && typeof value !== "string")
    throw new TemplateError(
      value === undefined ? "index of untyped nil" : `can't index item of type ${typeOf(value)}`,
    );
  if (typeof key !== "bigint") throw new TemplateError(`cannot index slice/array with type ${typeOf(key)}`);
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  if (key < 0n || key >= BigInt(bytes.length)) throw new TemplateError(`index out of range: ${key}`);
  const entry: Value =
    bytes instanceof Buffer ? BigInt(bytes[Number(key)] ?? 0) : isList ? value[Number(key)] : undefined;
  return entry;
}

function sliced(value: Value, bounds: readonly Value[]): Value {
  const length = typeof value === "string" || Array.isArray(value) ? lengthOf(value) : undefined;
  if (length === undefined) throw new TemplateError(`can't slice item of type ${typeOf(value)}`);
  const [from = 0n, to = BigInt(length)] = bounds;
  if (typeof from !== "bigint" || typeof to !== "bigint")
    throw new TemplateError("cannot index slice/array with non-integer");
  if (from < 0n || to > BigInt(length) || from > to)
    throw new TemplateError(`index out of range: ${from > BigInt(length) ? from : to}`);
  if (typeof value === "string") return Buffer.from(value).subarray(Number(from), Number(to)).toString();
  return Array.isArray(value) ? value.slice(Number(from), Number(to)) : undefined;
}

// A space separates two operands that are not strings.
function printed(values: readonly Value[]): string {
  let text = "";
  for (const [i, value] of values.entries()) {
    if (i > 0 && typeof value !== "string" && typeof values[i - 1] !== "string") text += " ";
    text += textOf(value);
  }
  return text;
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "\0": "\ufffd",
};

// Line breaks stay, as in Go.
function goHtml(text: string): string {
  return text.replaceAll(/[&<>"'\0]/g, (character) => HTML_ESCAPES[character] ?? character);
}

const JS_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

function javaScriptText(text: string): string {
  return text.replaceAll(
    /[\\'"<>&=\p{Cc}]/gu,
    (character) =>
      JS_ESCAPES[character] ??
      `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}

/** Text as a part of a URL's query. */
export function queryText(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function isEqual(left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return left === right;
  assertComparable(left, right);
  return left === right;
}

function isLess(left: Value, right: Value): boolean {
  assertComparable(left, right);
  if (
    typeof left === "boolean" ||
    left === undefined ||
    right === undefined ||
    typeof left === "object" ||
    typeof right === "object"
  )
    throw new TemplateError("invalid type for comparison");
  return typeof left === "string" && typeof right === "string"
    ? Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0
    : left < right;
}

function assertComparable(left: Value, right: Value): void {
  if (typeof left === "object" || typeof right === "object")
    throw new TemplateError("invalid type for comparison");
  if (typeof left !== typeof right) throw new TemplateError("incompatible types for comparison");
}
