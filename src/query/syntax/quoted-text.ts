// Strings as PromQL writes them: in double or single quotes with Go's escapes, or raw in backquotes.

const SHORT: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};
const ESCAPE = /\\(?:([0-7]{3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/gy;
const ENDS: Readonly<Record<string, RegExp>> = { '"': /["\\\n]/g, "'": /['\\\n]/g, "`": /`/g };

/** A string in an expression. */
export type QuotedText =
  | { readonly kind: "text"; readonly value: string; readonly end: number }
  | {
      readonly kind: "problem";
      readonly problem: string;
      readonly remedy: string;
      readonly position: number;
    };

/** Reads the string that starts with the quote at `start`. */
export function readQuotedText(source: string, start: number): QuotedText {
  const quote = source.charAt(start);
  const ends = ENDS[quote];
  const parts: (string | Buffer)[] = [];
  let position = start + 1;
  for (;;) {
    if (ends === undefined) return unterminated(start, quote);
    ends.lastIndex = position;
    const found = ends.exec(source);
    if (found === null || found[0] === "\n") return unterminated(start, quote);
    parts.push(source.slice(position, found.index));
    if (found[0] === quote) return textOf(parts, start, found.index + 1);
    const escaped = readEscape(source, found.index, quote);
    if (escaped === undefined) return badEscape(source, found.index);
    parts.push(escaped.value);
    position = escaped.end;
  }
}

/** Writes a string in double quotes, as Go's `strconv.Quote` does. */
export function quoteText(text: string): string {
  return `"${text.replaceAll(/["\\]|[^\x20-\x7e]/gu, escapeOf)}"`;
}

/** Escapes a text for a regular expression. */
export function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

// Bytes of 128 and above are parts of UTF-8 sequences, so strings with escapes are joined as bytes.
function textOf(parts: readonly (string | Buffer)[], start: number, end: number): QuotedText {
  const text = parts.filter((part) => typeof part === "string").join("");
  if (text.includes("\ufffd") || !text.isWellFormed()) {
    return {
      kind: "problem",
      problem: "the string is not valid Unicode",
      remedy: "remove the replacement character U+FFFD or the half of a surrogate pair",
      position: start,
    };
  }
  const value =
    parts.length === 1
      ? text
      : Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))).toString();
  return { kind: "text", value, end };
}

function readEscape(
  source: string,
  start: number,
  quote: string,
): { readonly value: string | Buffer; readonly end: number } | undefined {
  ESCAPE.lastIndex = start;
  const found = ESCAPE.exec(source);
  if (found === null) return undefined;
  const [all, octal, hexadecimal, short, long, character] = found;
  const end = start + all.length;
  if (octal !== undefined || hexadecimal !== undefined) {
    const byte = octal === undefined ? Number.parseInt(hexadecimal ?? "", 16) : Number.parseInt(octal, 8);
    return byte > 255 ? undefined : { value: Buffer.of(byte), end };
  }
  const point = short ?? long;
  if (point !== undefined) {
    const code = Number.parseInt(point, 16);
    const isInvalid = code > 0x10_ffff || (code >= 0xd800 && code < 0xe000);
    return isInvalid ? undefined : { value: Buffer.from(String.fromCodePoint(code)), end };
  }
  const value = character === quote ? quote : SHORT[character ?? ""];
  return value === undefined ? undefined : { value, end };
}

function unterminated(position: number, quote: string): QuotedText {
  const problem = `the string has no closing ${quote}`;
  const remedy =
    quote === "`" ? "write ` at its end" : `write ${quote} at its end, and a line break in it as \\n`;
  return { kind: "problem", problem, remedy, position };
}

function badEscape(source: string, position: number): QuotedText {
  return {
    kind: "problem",
    problem: `unknown escape sequence ${source.slice(position, position + 2)}`,
    remedy: "write a backslash as \\\\, or the string in backquotes",
    position,
  };
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

// Characters that print stay as they are.
function escapeOf(character: string): string {
  const short = GO_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code > 0x7f && character !== "\ufffd" && /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character))
    return character;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x1_0000
    ? `\\u${code.toString(16).padStart(4, "0")}`
    : `\\U${code.toString(16).padStart(8, "0")}`;
}
