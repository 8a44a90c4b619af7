import { Lexer } from "yaml";

// Beyond any indentation in a file. Its spaces are part of no value.
const INDENTATION = " ".repeat(100);
// Characters that are read again with each line of a long text, for each character of the file.
const MAX_WORK = 50;

/**
 * Indents the lines on which a quoted text or a flow collection goes on. Prometheus' parser takes them at any indentation.
 * The package `yaml` refuses those that are not further in than their key, and has no option for it. Lines keep their
 * numbers. A file with very long texts is returned as it is. One step for each line.
 */
export function* indentedYaml(text: string): Generator<void, string> {
  const lexer = new Lexer();
  const lines: string[] = [];
  // The part of the lines so far that the lexer has not taken: it waits for the end of a quoted text.
  let pending = "";
  let [depth, work] = [0, 0];
  for (const line of text.split(/(?<=\n)/)) {
    yield;
    const isContinued = depth > 0 || /^["']/.test(pending);
    const indented = isContinued ? INDENTATION + line : line;
    lines.push(indented);
    pending += indented;
    work += pending.length;
    if (work > MAX_WORK * (text.length + INDENTATION.length)) return text;
    let isContent = false;
    for (const token of lexer.lex(indented, true)) {
      if (!isContent && (token === "{" || token === "[")) depth++;
      if (!isContent && (token === "}" || token === "]")) depth--;
      isContent = token === CONTENT_FOLLOWS;
      if (!MARKS.has(token)) pending = pending.slice(token.length);
    }
  }
  return lines.join("");
}

// Tokens that are not in the text: the start of a document, an unexpected end, and that a scalar follows.
const CONTENT_FOLLOWS = "\u001F";
const MARKS: ReadonlySet<string> = new Set(["\u0002", "\u0018", CONTENT_FOLLOWS]);
