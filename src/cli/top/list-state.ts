// Sorting, filtering, selection and scrolling of one view.
import type { Cell, ListPage, Page, Row, View } from "./page.ts";
import type { ListState } from "./terminal/draw-page.ts";

/** A view that is open, with its state. */
export class OpenView {
  readonly view: View;
  page: Page | undefined;
  /** Text that shown rows contain. */
  filter = "";
  #sort: { readonly column: number; readonly isDescending: boolean } | undefined;
  #selectedKey: string | undefined;
  #selected = 0;
  #first = 0;

  constructor(view: View) {
    this.view = view;
  }

  /** Sorts by the next column; after the last one, by none. */
  sortByNext(): void {
    if (this.page?.kind !== "list" || !this.page.isSortable) return;
    const column = (this.#sort?.column ?? -1) + 1;
    const next = this.page.columns[column];
    if (next === undefined || next.kind === "graph") this.#sort = undefined;
    // Names from A, numbers from the highest.
    else this.#sort = { column, isDescending: next.kind === "number" };
  }

  /** Reverses the order. */
  reverseOrder(): void {
    if (this.page?.kind !== "list" || !this.page.isSortable) return;
    const { column, isDescending } = this.#sort ?? { column: 0, isDescending: false };
    this.#sort = { column, isDescending: !isDescending };
  }

  /** Moves the selection, or scrolls a text, by a number of rows. */
  move(rows: number): void {
    if (this.page?.kind !== "list") {
      this.#first = Math.max(this.#first + rows, 0);
      return;
    }
    const shown = this.#rows(this.page);
    const last = shown.length - 1;
    let at = Math.min(Math.max(this.#selected + rows, 0), Math.max(last, 0));
    // Headings cannot be selected.
    const direction = rows < 0 ? -1 : 1;
    while (shown[at]?.isHeading === true && at + direction >= 0 && at + direction <= last) at += direction;
    if (shown[at]?.isHeading === true) at = shown.findIndex(({ isHeading }) => isHeading !== true);
    // The heading above the first row is seen with it.
    if (rows < 0 && shown.slice(0, at).every(({ isHeading }) => isHeading === true)) this.#first = 0;
    this.#selected = at;
    this.#selectedKey = shown[at]?.key;
  }

  /** The row that Enter opens. */
  get selectedRow(): Row | undefined {
    return this.page?.kind === "list" ? this.#rows(this.page)[this.#selected] : undefined;
  }

  /** First shown line of a text with a number of lines. */
  firstLine(lines: number, height: number): number {
    this.#first = Math.max(Math.min(this.#first, lines - height), 0);
    return this.#first;
  }

  /** The rows to draw, with the selected one among them. */
  listState(page: ListPage, height: number): ListState {
    const rows = this.#rows(page);
    // The selection stays with its row; if that is gone, at its place.
    const kept = rows.findIndex(({ key }) => key === this.#selectedKey);
    this.#selected = Math.min(kept === -1 ? this.#selected : kept, Math.max(rows.length - 1, 0));
    if (rows[this.#selected]?.isHeading === true) this.move(1);
    if (this.#selectedKey === undefined) this.#selectedKey = rows[this.#selected]?.key;
    const highest = Math.max(rows.length - height, 0);
    const lowest = Math.max(this.#selected - height + 1, 0);
    this.#first = Math.min(Math.max(this.#first, lowest), this.#selected, highest);
    return {
      rows,
      selected: rows.length === 0 ? -1 : this.#selected,
      first: this.#first,
      sort: this.#sort,
    };
  }

  #rows({ rows }: ListPage): readonly Row[] {
    const wanted = this.filter.toLowerCase();
    const kept =
      wanted === "" ? rows : rows.filter((row) => row.isHeading !== true && textOf(row).includes(wanted));
    const sort = this.#sort;
    if (sort === undefined) return kept;
    const sign = sort.isDescending ? -1 : 1;
    return kept.toSorted((one, other) => sign * compared(one.cells[sort.column], other.cells[sort.column]));
  }
}

function textOf({ cells }: Row): string {
  return cells
    .map((cell) => (cell.kind === "text" ? cell.text : ""))
    .join(" ")
    .toLowerCase();
}

function compared(one: Cell | undefined, other: Cell | undefined): number {
  if (one?.kind !== "text" || other?.kind !== "text") return 0;
  const difference = (one.order ?? 0) - (other.order ?? 0);
  // Two missing values are equal: their difference is not a number.
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return one.text < other.text ? -1 : one.text > other.text ? 1 : 0;
}
