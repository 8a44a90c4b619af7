// The content of a terminal, cell by cell, and the escape sequences that lead from one content to the next.
import { glyphsOf } from "../../text-width.ts";

const ESCAPE = "\u001B[";

/** Styles of cells, with the parameters of their escape sequences in colour. */
const STYLES = {
  plain: "0",
  bold: "0;1",
  dim: "0;2",
  good: "0;32",
  warning: "0;33",
  bad: "0;31",
  accent: "0;36",
  bar: "0;7",
  selected: "0;7",
} as const;

/** The style of a cell. */
export type Style = keyof typeof STYLES;

// Without colours, what needs attention is bold.
const WITHOUT_COLORS: Readonly<Partial<Record<Style, string>>> = {
  good: "0",
  warning: "0;1",
  bad: "0;1",
  accent: "0",
};

interface Cell {
  /** A glyph; empty for the second column of a wide one. */
  readonly text: string;
  readonly style: Style;
}

const IN_ASCII: Readonly<Record<string, string>> = { "…": "~", µ: "u", "▲": "^", "▼": "v", "─": "-" };
const UNKNOWN = "?";
const BLANK: Cell = { text: " ", style: "plain" };

/** A content that is being drawn. Text outside of it is cut. */
export class Screen {
  readonly columns: number;
  readonly rows: number;
  /** Whether the terminal shows other characters than ASCII. */
  readonly isUnicode: boolean;
  readonly #cells: Cell[];

  constructor(columns: number, rows: number, isUnicode: boolean) {
    this.columns = columns;
    this.rows = rows;
    this.isUnicode = isUnicode;
    this.#cells = Array.from({ length: columns * rows }, () => BLANK);
  }

  /** Writes text from a column on, and returns the column after it. Control characters are escaped. */
  write(row: number, column: number, text: string, style: Style = "plain"): number {
    let at = column;
    if (row < 0 || row >= this.rows) return at;
    for (const glyph of glyphsOf(text)) {
      if (at + glyph.width > this.columns) break;
      const wide = this.isUnicode ? "" : UNKNOWN;
      this.#cells[row * this.columns + at] = { text: this.symbol(glyph.text), style };
      if (glyph.width === 2) this.#cells[row * this.columns + at + 1] = { text: wide, style };
      at += glyph.width;
    }
    return at;
  }

  /** The character itself, or one of ASCII if the terminal shows no others. */
  symbol(text: string): string {
    return this.isUnicode || /^[ -~]*$/.test(text) ? text : (IN_ASCII[text] ?? UNKNOWN);
  }

  /** Changes the style of a whole row. */
  mark(row: number, style: Style): void {
    for (let column = 0; column < this.columns; column++) {
      const { text } = this.#at(row, column);
      this.#cells[row * this.columns + column] = { text, style };
    }
  }

  /** The text of a row, for tests and for messages. */
  rowText(row: number): string {
    return Array.from({ length: this.columns }, (_, column) => this.#at(row, column).text).join("");
  }

  /**
   * Escape sequences that change the terminal from `before` to this content. Without `before`, the terminal is cleared
   * first. Empty if nothing has changed.
   */
  changesFrom(before: Screen | undefined, hasColors: boolean): string {
    const isSame = before?.columns === this.columns && before.rows === this.rows;
    const writer = new Writer(hasColors);
    for (let row = 0; row < this.rows; row++) this.#writeRow(row, isSame ? before : undefined, writer);
    const start = isSame ? "" : `${ESCAPE}0m${ESCAPE}2J`;
    return start === "" && writer.text === "" ? "" : `${start}${writer.text}${ESCAPE}0m`;
  }

  #writeRow(row: number, before: Screen | undefined, writer: Writer): void {
    const isChanged = (column: number): boolean => {
      const [cell, old] = [this.#at(row, column), before === undefined ? BLANK : before.#at(row, column)];
      return cell.text !== old.text || cell.style !== old.style;
    };
    // Blanks at the end of a row are erased by one sequence.
    let end = this.columns;
    while (end > 0 && isBlank(this.#at(row, end - 1))) end--;
    for (let column = 0; column < end; column++) {
      if (!isChanged(column)) continue;
      const cell = this.#at(row, column);
      // The first column of a wide glyph has changed, or the second with it.
      if (cell.text === "") writer.put(row, column - 1, this.#at(row, column - 1));
      else writer.put(row, column, cell);
    }
    for (let column = end; column < this.columns; column++) {
      if (!isChanged(column)) continue;
      writer.erase(row, end);
      return;
    }
  }

  #at(row: number, column: number): Cell {
    return this.#cells[row * this.columns + column] ?? BLANK;
  }
}

function isBlank({ text, style }: Cell): boolean {
  return text === " " && style === "plain";
}

/** Writes cells with as few sequences as possible. */
class Writer {
  text = "";
  readonly #hasColors: boolean;
  #style: Style | undefined;
  #next: readonly [row: number, column: number] | undefined;

  constructor(hasColors: boolean) {
    this.#hasColors = hasColors;
  }

  put(row: number, column: number, { text, style }: Cell): void {
    this.#move(row, column);
    this.#use(style);
    this.text += text;
    // Terminals disagree about the width of some glyphs, so the cursor is moved after all but the simplest.
    this.#next = isSimple(text) ? [row, column + 1] : undefined;
  }

  erase(row: number, column: number): void {
    this.#move(row, column);
    this.#use("plain");
    this.text += `${ESCAPE}K`;
  }

  #move(row: number, column: number): void {
    if (this.#next?.[0] === row && this.#next[1] === column) return;
    this.text += `${ESCAPE}${row + 1};${column + 1}H`;
    this.#next = [row, column];
  }

  #use(style: Style): void {
    if (this.#style === style) return;
    const parameters = (this.#hasColors ? undefined : WITHOUT_COLORS[style]) ?? STYLES[style];
    this.text += `${ESCAPE}${parameters}m`;
    this.#style = style;
  }
}

// ASCII, Latin-1, box drawing, blocks and Braille take one column everywhere.
function isSimple(text: string): boolean {
  return /^[ -~\u00a1-\u00ff\u2500-\u259f\u2800-\u28ff…]$/.test(text);
}
