// Finds prose that breaks the rules of "Plain words" (CONTRIBUTING.md): in comments, messages, test names and Markdown.
// `node test/words.js [files or folders]` lists what it finds; test/words.test.ts holds the whole tree to it.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, Visitor } from "oxc-parser";

/** Sentences of more words than this are too long. */
const MAX_WORDS = 25;

const rules = [
  {
    rule: "A",
    say: "a noun or verb phrase first",
    pattern: /^(What|How|Who|Whom|Whose|Where|Whoever|Whatever)\b/,
    of: "comment",
  },
  { rule: "B", say: '"if", or "in which"', pattern: /\b[Ww]here(ver)?\b/ },
  { rule: "B", say: '"returns"', pattern: /\b(gives?|gave|answers|answered)\b/i },
  {
    rule: "C",
    say: '"invalid", "missing", "not a …"',
    pattern:
      /\b(is|are|was|were|be|being) none\b|(?<!\bthere )\b(is|are|was|were) no (?!longer|more\b|later|earlier|less|greater|other)/i,
  },
  { rule: "D", say: '"logged", "reported", "passed to"', pattern: /\b(tells?|told|telling)\b/i },
  {
    rule: "E",
    say: "programs are not persons",
    pattern: /\b(whoever|nobody|everybody|anybody|somebody|patiently|patience)\b/i,
  },
  // Documents speak of people, too.
  { rule: "E", say: "programs are not persons", pattern: /\bwhom?\b/i, of: "code" },
  { rule: "F", say: '"N", "at most N"', pattern: /\bso (many|few)\b/i },
  { rule: "G", say: '"by default"', pattern: /\bunless (told|set|said|asked|configured) ?(otherwise)?/i },
  { rule: "H", say: "the noun first", pattern: /^(Of|What) /, of: "sentence" },
];

/**
 * The findings in one file: `{ line, rule, say, text }`.
 *
 * @param path decides by its extension how the text is read; under `test/` and `bench/` strings count only as names of tests.
 */
export function findingsIn(path, text) {
  const units = path.endsWith(".md") ? markdownUnits(text) : codeUnits(path, text);
  return units.flatMap((unit) => findingsOf(unit));
}

function findingsOf({ line, kind, text }) {
  const prose = plain(text);
  const sentences = sentencesOf(prose);
  const found = rules.flatMap(({ rule, say, pattern, of }) => {
    if (of === "code" && kind === "prose") return [];
    const parts = of === "comment" ? (kind === "comment" ? [prose] : []) : sentences;
    return parts.filter((part) => pattern.test(part)).map((part) => ({ line, rule, say, text: part }));
  });
  const long = sentences.filter((sentence) => wordsIn(sentence) > MAX_WORDS);
  return [
    ...found,
    ...long.map((sentence) => ({
      line,
      rule: "I",
      say: `${wordsIn(sentence)} words, at most ${MAX_WORDS}`,
      text: sentence,
    })),
  ];
}

// Code, links, addresses and quoted names of tests, which are checked in their own files, count as one word each.
function plain(text) {
  return text
    .replaceAll(/!\[[^\]]*\]\([^)]*\)/g, "")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/\{@link ([^}]*)\}/g, "`$1`")
    .replaceAll(/`[^`]*`/g, "`x`")
    .replaceAll(/“[^”]*”/g, "`x`")
    .replaceAll(/https?:\/\/\S+/g, "`x`")
    .replaceAll(/[*_]{2,}/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function sentencesOf(prose) {
  return prose
    .split(/(?<=[.!?]["')]?) (?=[\p{Lu}`"'(])|(?<=:) (?=`x`$)/u)
    .filter((sentence) => sentence !== "");
}

function wordsIn(sentence) {
  return sentence.split(" ").filter((word) => /[\p{L}\d]/u.test(word)).length;
}

// Comments on adjoining lines are one; of a docstring each tag is one of its own, and examples are left out.
function codeUnits(path, text) {
  const { program, comments } = parseSync(path, text);
  const lineOf = lines(text);
  const units = [];
  let open;
  for (const { type, value, start, end } of comments) {
    if (type === "Block") {
      if (value.startsWith("*")) units.push(...docstringUnits(value, lineOf(start)));
      else units.push({ line: lineOf(start), kind: "comment", text: value });
      continue;
    }
    if (/^\s*(oxlint|eslint|@ts-|@vitest|#region|#endregion|\/)/.test(value)) continue;
    const alone = text.slice(text.lastIndexOf("\n", start) + 1, start).trim() === "";
    if (alone && open !== undefined && lineOf(start) === open.last + 1) {
      open.text += ` ${value.trim()}`;
      open.last++;
      continue;
    }
    open = { line: lineOf(start), last: lineOf(end), kind: "comment", text: value.trim() };
    units.push(open);
  }
  const isProduct = /(^|\/)(src|instrumentations)\//.test(path) && !/(^|\/)(test|bench)\//.test(path);
  const strings = isProduct ? messagesOf(program) : namesOfTests(program);
  return [
    ...units,
    ...strings.map((string) => ({ line: lineOf(string.start), kind: "string", text: string.text })),
  ].toSorted((a, b) => a.line - b.line);
}

function docstringUnits(value, line) {
  const withoutStars = value.slice(1).replaceAll(/^\s*\* ?/gm, "");
  const withoutCode = withoutStars.replaceAll(/```[\s\S]*?```/g, (code) => code.replaceAll(/[^\n]/g, ""));
  let at = line;
  return withoutCode.split(/^(?=@)|\n\s*\n|^(?=\s*- )/m).flatMap((part) => {
    const unit = {
      line: at,
      kind: "comment",
      text: part
        .replace(/^@\w+( \{[^}]*\})?/, "")
        .replace(/^ \w+ /, (name) => (part.startsWith("@param") ? "" : name)),
    };
    at += part.split("\n").length;
    return /^@(example|see|internal|deprecated\s*$)/.test(part) ? [] : [unit];
  });
}

// A sum of texts counts as one message. A list of names that is split is left out.
function messagesOf(program) {
  const found = [];
  const covered = [];
  const add = (node) => {
    const text = textOf(node);
    if (text !== undefined && isProse(text)) found.push({ start: node.start, text });
  };
  new Visitor({
    CallExpression({ callee }) {
      if (callee.type === "MemberExpression" && callee.property.name === "split") covered.push(callee.object);
    },
    BinaryExpression(node) {
      if (textOf(node) === undefined || isCovered(node)) return;
      add(node);
      covered.push(node);
    },
    Literal: (node) => isCovered(node) || add(node),
    TemplateLiteral: (node) => isCovered(node) || add(node),
  }).visit(program);
  return found;

  function isCovered({ start, end }) {
    return covered.some((node) => node.start <= start && end <= node.end);
  }
}

// The text of a literal, a template or a sum that has one; values in it are `x`.
function textOf(node) {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type === "TemplateLiteral") return node.quasis.map(({ value }) => value.cooked ?? "").join("`x`");
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const [left, right] = [node.left, node.right].map((side) => textOf(side));
  return left === undefined && right === undefined ? undefined : `${left ?? "`x`"}${right ?? "`x`"}`;
}

const isProse = (text) =>
  /^[^<{]*\p{L}{2,}.* \p{L}{2,}.* /su.test(text) &&
  !/\b(SELECT|INSERT|CREATE|UPDATE|DELETE|PRAGMA)\b/.test(text);

function namesOfTests(program) {
  const found = [];
  new Visitor({
    CallExpression({ callee, arguments: [name] }) {
      if (name === undefined || !/^(test|it|describe)$/.test(rootOf(callee))) return;
      const text = textOf(name);
      if (text !== undefined) found.push({ start: name.start, text });
    },
  }).visit(program);
  return found;
}

function rootOf(callee) {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type === "MemberExpression") return rootOf(callee.object);
  if (callee.type === "CallExpression") return rootOf(callee.callee);
  if (callee.type === "TaggedTemplateExpression") return rootOf(callee.tag);
  return "";
}

// Paragraphs, items, headings and cells of tables; code is left out.
function markdownUnits(text) {
  const units = [];
  let open;
  let fence;
  for (const [index, line] of text.split("\n").entries()) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark !== undefined && mark.startsWith(fence)) fence = undefined;
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      open = undefined;
      continue;
    }
    if (/^\s*$|^\s*<|^\s*\|?[-: |]+$/.test(line)) {
      open = undefined;
      continue;
    }
    if (line.startsWith("|")) {
      for (const cell of line.split(/(?<!\\)\|/))
        if (cell.trim() !== "") units.push({ line: index + 1, kind: "prose", text: cell });
      continue;
    }
    if (line.startsWith("#")) {
      units.push({ line: index + 1, kind: "prose", text: line.replace(/^#+ /, "") });
      open = undefined;
      continue;
    }
    const item = /^\s*([-*]|\d+\.) (.*)/.exec(line);
    if (item !== null || open === undefined) {
      open = { line: index + 1, kind: "prose", text: item?.[2] ?? line };
      units.push(open);
    } else open.text += ` ${line.trim()}`;
  }
  return units;
}

function lines(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** The files under `path` whose prose is held to the rules. */
export function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .filter(
      (file) => /\.(tsx?|js|mjs|cjs|md)$/.test(file) && !/(^|\/)((node_modules|dist)(\/|$)|\.\w)/.test(file),
    )
    .map((file) => join(path, file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const paths = process.argv.slice(2);
  for (const file of paths.flatMap(filesUnder)) {
    for (const { line, rule, say, text } of findingsIn(file, readFileSync(file, "utf8")))
      console.log(`${file}:${line}: ${rule} (${say}): ${text}`);
  }
}
