// Text of others (names, units, arguments, errors, answers) where a terminal, a log or a browser shows it.

// Control characters of both sets, line and paragraph separators, what changes the direction of text, half characters.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- these are the point
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const MAX_LINE_BYTES = 2_048;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text in one line for a terminal: what would move the cursor, change colours or hide text is written as `\u001b`. */
export function shownText(text: string): string {
  return text.replaceAll(UNSAFE, escapeOf);
}

/** The same for a text of several lines, whose line breaks stay. */
export function shownLines(text: string): string {
  return text.replaceAll(UNSAFE, (character) =>
    /[\n\r\t]/.test(character) ? character : escapeOf(character),
  );
}

/** The text as a line of a log: as {@link shownText}, of 2 KB at most. */
export function logLine(text: string): string {
  // Longer texts are cut before they are looked through.
  const line = shownText(text.slice(0, MAX_LINE_BYTES));
  if (text.length <= MAX_LINE_BYTES && Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  return `${Buffer.from(line)
    .subarray(0, MAX_LINE_BYTES - 4)
    .toString("utf8")
    .replace(/\ufffd+$/, "")}…`;
}

const MAX_PATH_CHARACTERS = 256;

/** A path in an error message: the middle of a very long one is left out, so that what follows it has room. */
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

/** The text in HTML, in an element or a quoted attribute. */
export function htmlText(text: string): string {
  return shownText(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** The text in Markdown, in a cell too: neither markup nor a mention, a formula or a link. */
export function markdownText(text: string): string {
  return shownText(text)
    .replaceAll(/[\\`*_[\]<>|~$@]/g, String.raw`\$&`)
    .replaceAll("://", String.raw`\://`)
    .replaceAll(/www\./gi, (www) => `${www.slice(0, 3)}${String.raw`\.`}`);
}

/** The text as a cell that no spreadsheet takes for a formula. Numbers stay as they are. */
export function spreadsheetText(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^[+-]?(?:\d|Inf)/.test(text);
  return isFormula ? `'${text}` : text;
}

function escapeOf(character: string): string {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
