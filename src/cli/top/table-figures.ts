// The tables of a moment. They change slowly, and have many queries.
import { type Table, type TableRows, tableRows, withRange } from "../../page/panels/index.ts";
import type { Grid } from "./trends.ts";

const REFRESH_SECONDS = 30;
const MIN_WINDOW_SECONDS = 60;
const MAX_WINDOW_SECONDS = 21_600;

/** The parts of a moment that tables need. */
interface TableMoment {
  readonly grid: Pick<Grid, "end">;
  readonly watched: { readonly isCollected: boolean };
  /** Shown seconds. */
  readonly range: number;
  values(expression: string): Promise<Parameters<typeof tableRows>[1][number]>;
}

interface Known extends TableRows {
  readonly at: number;
  readonly window: string;
}

/** Remembers the tables of one source. */
export class TableFigures {
  readonly #known = new Map<string, Known>();

  /** The rows of a table, over the shown range. */
  async of(table: Table, moment: TableMoment): Promise<TableRows> {
    const { grid, watched } = moment;
    const window = windowOf(moment);
    const known = this.#known.get(table.id);
    const age = Math.abs(grid.end - (known?.at ?? -Infinity));
    // Samples in this process cost nothing to others.
    if (known?.window === window && age < (watched.isCollected ? 1 : REFRESH_SECONDS)) return known;
    const columns: Awaited<ReturnType<TableMoment["values"]>>[] = [];
    for (const column of table.columns) columns.push(await moment.values(withRange(column, window)));
    const found = tableRows(table, columns);
    if (found.rows.length > 0) this.#known.set(table.id, { ...found, at: grid.end, window });
    return found;
  }
}

function windowOf({ range }: TableMoment): string {
  return `${Math.round(Math.min(MAX_WINDOW_SECONDS, Math.max(MIN_WINDOW_SECONDS, range)))}s`;
}
