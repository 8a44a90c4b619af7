// Escapes text from outside (names, units, arguments, errors, responses) for terminals, logs and browsers.

// Control characters (C0 and C1), line and paragraph separators, characters that change the text direction, lone
// surrogates.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- these are the point
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const MAX_LINE_BYTES = 2_048;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Escapes text for one line of a terminal: characters that move the cursor, change colours or hide text as `\u001b`.
 */
export function shownText(text: string): string {
  return text.replaceAll(UNSAFE, escapeOf);
}

/** As {@link shownText}, but keeps line breaks and tabs. */
export function shownLines(text: string): string {
  return text.replaceAll(UNSAFE, (character, at: number) =>
    /[\n\t]/.test(character) || text.startsWith("\r\n", at) ? character : escapeOf(character),
  );
}

/** Escapes text for a line of a log, as {@link shownText}; at most 2 KB. */
export function logLine(text: string): string {
  // Long texts are cut before they are scanned.
  const line = shownText(text.slice(0, MAX_LINE_BYTES));
  if (text.length <= MAX_LINE_BYTES && Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  return `${Buffer.from(line)
    .subarray(0, MAX_LINE_BYTES - 4)
    .toString("utf8")
    .replace(/\ufffd+$/, "")}…`;
}

const MAX_PATH_CHARACTERS = 256;

/** Shortens a path for an error message: the middle of a very long one is omitted, to leave room for the rest. */
export function shortPath(path: string): string {
  if (path.length <= MAX_PATH_CHARACTERS) return path;
  return `${path.slice(0, MAX_PATH_CHARACTERS / 2)}…${path.slice(-MAX_PATH_CHARACTERS / 2)}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for HTML, in an element or a quoted attribute. */
export function htmlText(text: string): string {
  return shownText(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Escapes text for Markdown, table cells included: no markup, mentions, formulas or links. */
export function markdownText(text: string): string {
  return shownText(text)
    .replaceAll(/[\\`*_[\]<>|~$@]/g, String.raw`\$&`)
    .replaceAll("://", String.raw`\://`)
    .replaceAll(/www\./gi, (www) => `${www.slice(0, 3)}${String.raw`\.`}`);
}

/** Escapes text for a spreadsheet cell, so that it is not read as a formula. Numbers stay unchanged. */
export function spreadsheetText(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^[+-]?(?:\d|Inf)/.test(text);
  return isFormula ? `'${text}` : text;
}

function escapeOf(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
