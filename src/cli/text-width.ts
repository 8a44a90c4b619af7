// Width of text in a terminal: two columns for wide characters, none for combining marks.
import { shownText } from "../diagnostics/foreign-text.ts";

/** A character as the user sees it, with its marks, and the number of columns that it takes: 1 or 2. */
export interface Glyph {
  readonly text: string;
  readonly width: number;
}

// Unicode Standard Annex 11: East Asian Wide and Fullwidth, without unassigned ones.
const WIDE_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\u{115f}\u{1160}\u{3164}\u{ffa0}]/u;
const EMOJI = /^\p{Emoji_Presentation}/u;
// Marks beyond these are left out: a terminal would draw them over other lines.
const FIRST_CODE_POINTS = /^.{1,4}/su;
// Characters of one column that never combine: ASCII, Latin, punctuation, box drawing, blocks, Braille.
const SIMPLE = /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2500-\u25ff\u2800-\u28ff]*$/;
const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The glyphs of text, with control characters escaped. Marks without a character are left out. */
export function* glyphsOf(text: string): Generator<Glyph> {
  if (SIMPLE.test(text)) {
    for (const character of text) yield { text: character, width: 1 };
    return;
  }
  for (const { segment } of SEGMENTER.segment(shownText(text))) {
    if (NO_WIDTH.test(segment)) continue;
    const [kept = segment] = FIRST_CODE_POINTS.exec(segment) ?? [];
    yield { text: kept, width: isWide(segment) ? 2 : 1 };
  }
}

// Lists repeat the same names in each frame.
const WIDTHS = new Map<string, number>();
const MAX_WIDTHS = 5_000;

/** Number of columns of text. */
export function textWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  const known = WIDTHS.get(text);
  if (known !== undefined) return known;
  let width = 0;
  for (const glyph of glyphsOf(text)) width += glyph.width;
  if (WIDTHS.size >= MAX_WIDTHS) WIDTHS.clear();
  WIDTHS.set(text, width);
  return width;
}

/** The start of text that fits into a number of columns, with `…` if some is left out. */
export function fittedText(text: string, columns: number): string {
  if (text.length <= columns && SIMPLE.test(text)) return text;
  let [kept, width, before] = ["", 0, ""];
  for (const glyph of glyphsOf(text)) {
    if (width + glyph.width > columns) return columns > 0 ? `${before}…` : "";
    kept += glyph.text;
    width += glyph.width;
    // Room for the dots.
    if (width < columns) before = kept;
  }
  return kept;
}

function isWide(segment: string): boolean {
  const point = segment.codePointAt(0) ?? 0;
  if (point < 0x1100) return false;
  return EMOJI.test(segment) || WIDE_RANGES.some(([first, last]) => point >= first && point <= last);
}
