// Pages: the content of a view, as data. The terminal draws them, and other outputs get them as text.
import type { Moment } from "./moment.ts";
import type { Style } from "./terminal/screen.ts";

/** A view: a source of pages. */
export interface View {
  /** Name in the path at the top. */
  readonly title: string;
  /** Loads the page of a moment. */
  load(moment: Moment): Promise<Page>;
}

/** Content of a view at a moment. */
export type Page = ListPage | ChartPage | TextPage;

/** A column of a list. */
export interface Column {
  readonly title: string;
  /** `text` is cut if the terminal is narrow, `number` never; `graph` takes the rest. */
  readonly kind: "text" | "number" | "graph";
}

/** A cell of a list. */
export type Cell =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly style?: Style | undefined;
      /** Order among the cells of the column; by default that of the text. */
      readonly order?: number | undefined;
    }
  | { readonly kind: "graph"; readonly values: ArrayLike<number>; readonly isFromLowest: boolean };

/** A row of a list. */
export interface Row {
  /** Unique in the list; the selection stays with it. */
  readonly key: string;
  readonly cells: readonly Cell[];
  /** Whether it is the heading of the rows below. */
  readonly isHeading?: boolean;
  /** Columns of the row, if not those of the list. A heading with them has their titles. */
  readonly columns?: readonly Column[];
  /** The view that Enter opens. */
  readonly open?: (() => View) | undefined;
}

/** A list. */
export interface ListPage {
  readonly kind: "list";
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Shown without rows. */
  readonly empty: string;
  /** Whether it can be sorted by a column. */
  readonly isSortable: boolean;
  /** Column by which it is sorted at first, if another than by the order of the rows. */
  readonly note?: string | undefined;
}

/** Large charts above each other, and what they show. */
export interface ChartPage {
  readonly kind: "chart";
  readonly charts: readonly Chart[];
  readonly details: readonly (readonly [name: string, text: string])[];
}

/** One chart. */
export interface Chart {
  readonly title: string;
  readonly values: ArrayLike<number>;
  readonly isFromLowest: boolean;
  readonly format: (value: number) => string;
}

/** Lines of text. */
export interface TextPage {
  readonly kind: "text";
  readonly lines: readonly string[];
}

// No terminal shows more in a cell, and each frame measures all of them.
const MAX_CELL_CHARACTERS = 400;

/** A cell with text, of which the start is kept. */
export function textCell(text: string, style?: Style, order?: number): Cell {
  return { kind: "text", text: text.slice(0, MAX_CELL_CHARACTERS), style, order };
}

/** A cell with a number, by which the column is sorted; a dash if it is missing. */
export function numberCell(
  value: number | undefined,
  format: (value: number) => string,
  style?: Style,
): Cell {
  const isMissing = value === undefined || Number.isNaN(value);
  return { kind: "text", text: isMissing ? "-" : format(value), style, order: isMissing ? -Infinity : value };
}

/** A cell with the trend of a series. */
export function graphCell(values: ArrayLike<number>, unit: string): Cell {
  return { kind: "graph", values, isFromLowest: isFromLowest(unit) };
}

/** Whether changes of values matter more than their distance to 0, as for memory. */
export function isFromLowest(unit: string): boolean {
  return unit === "By";
}
