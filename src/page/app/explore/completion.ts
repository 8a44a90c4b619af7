// The place in an expression at which a text is completed.

/** The kind of text that fits at a place, and the part of the expression that it replaces. */
export interface CompletionPlace {
  readonly kind: "name" | "label" | "value" | "grouping" | "duration";
  /** The part that was typed already, and its position. */
  readonly typed: string;
  readonly from: number;
  readonly to: number;
  /** The metric before `{`; empty if it is missing. */
  readonly metric: string;
  /** The label before the value. */
  readonly label: string;
}

const NAME_END = /[A-Za-z_:][\w:]*$/;
const LABEL_END = /[A-Za-z_]\w*$/;
const DURATION_END = /\d*[a-z]*$/;

/**
 * The place of the caret, or `undefined` if nothing fits there.
 *
 * Scans the expression once: quotes, braces, brackets and the parentheses of `by (…)` decide.
 */
export function placeAt(expression: string, caret: number): CompletionPlace | undefined {
  const before = expression.slice(0, caret);
  const { quote, quoteStart, opener, openerAt } = contextOf(before);
  const place = (kind: CompletionPlace["kind"], end: RegExp, metric = "", label = ""): CompletionPlace => {
    const typed = end.exec(before)?.[0] ?? "";
    const rest = /^[\w:]*/.exec(expression.slice(caret))?.[0] ?? "";
    const to = kind === "value" ? caret : caret + (typed === "" ? 0 : rest.length);
    return { kind, typed, from: caret - typed.length, to, metric, label };
  };
  const metric = NAME_END.exec(before.slice(0, Math.max(0, openerAt)).trimEnd())?.[0] ?? "";
  if (quote !== "") {
    const label =
      opener === "{"
        ? /([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)\s*$/.exec(before.slice(0, quoteStart))?.[1]
        : undefined;
    if (label === undefined) return undefined;
    const typed = before.slice(quoteStart + 1);
    return { kind: "value", typed, from: quoteStart + 1, to: caret, metric, label };
  }
  if (opener === "{") return /[{,]\s*\w*$/.test(before) ? place("label", LABEL_END, metric) : undefined;
  if (opener === "[") return place("duration", DURATION_END);
  if (
    opener === "(" &&
    /\b(?:by|without|on|ignoring|group_left|group_right)\s*$/i.test(before.slice(0, openerAt))
  )
    return place("grouping", LABEL_END, firstMetric(expression));
  return NAME_END.test(before) ? place("name", NAME_END) : undefined;
}

interface Context {
  /** The open quote; empty outside quotes. */
  readonly quote: string;
  readonly quoteStart: number;
  /** The innermost bracket that is open. */
  readonly opener: string;
  readonly openerAt: number;
}

function contextOf(text: string): Context {
  const open: { readonly opener: string; readonly openerAt: number }[] = [];
  let quote = "";
  let quoteStart = -1;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? "";
    if (quote !== "") {
      if (character === "\\" && quote !== "`") i++;
      else if (character === quote) quote = "";
    } else if (/["'`]/.test(character)) [quote, quoteStart] = [character, i];
    else if (/[{[(]/.test(character)) open.push({ opener: character, openerAt: i });
    else if (/[}\])]/.test(character)) open.pop();
  }
  return { quote, quoteStart, ...(open.at(-1) ?? { opener: "", openerAt: -1 }) };
}

// Labels for `by (…)` are those of the first metric, if its selector is in the expression already.
function firstMetric(expression: string): string {
  return /([A-Za-z_:][\w:]*)\s*[{[]/.exec(expression)?.[1] ?? "";
}

/** Ranks texts by how they contain what was typed: at their start, at the start of a word, anywhere. */
export function ranked<Item extends { readonly text: string }>(
  items: readonly Item[],
  typed: string,
  limit: number,
): Item[] {
  const search = typed.toLowerCase();
  const rankOf = ({ text }: Item): number => {
    const lower = text.toLowerCase();
    if (lower.startsWith(search)) return 0;
    if (lower.includes(`_${search}`)) return 1;
    return lower.includes(search) ? 2 : 3;
  };
  const found = items.map((item) => ({ item, rank: rankOf(item) })).filter(({ rank }) => rank < 3);
  return found
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .map(({ item }) => item);
}
