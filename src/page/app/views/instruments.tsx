// All metrics: searched by the field at the top, sorted by a column.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { InstrumentRow } from "../../protocol.ts";
import { viewData } from "../state/live.ts";
import { linkTo, route, setParams } from "../state/route.ts";
import { valueCountText } from "../text/values.ts";
import { Empty, Skeleton } from "./empty.tsx";

const COLUMNS: readonly (readonly [
  key: string,
  title: string,
  of: (row: InstrumentRow) => string | number,
])[] = [
  ["name", "Name", (row) => row.name],
  ["type", "Type", (row) => row.type],
  ["unit", "Unit", (row) => row.unit],
  ["series", "Series", (row) => row.series],
  ["widest", "Widest attribute", (row) => row.widest?.values ?? 0],
];

/** The list of instruments. */
export function InstrumentsPage(): JSX.Element {
  const rows = viewData.value?.instruments;
  const { params } = route.value;
  const query = params.get("q") ?? "";
  const isAll = useSignal(false);
  if (rows === undefined) {
    return (
      <>
        <h1>Instruments</h1>
        <Skeleton size="row" count={12} />
      </>
    );
  }
  const found = sorted(rows.filter(matches(query)), params.get("sort") ?? "name");
  const shown = isAll.value ? found : found.slice(0, MAX_ROWS);
  return (
    <>
      <h1>
        Instruments <small class="muted">{countText(found, rows)}</small>
      </h1>
      {rows.length === 0 && (
        <Empty title="No instrument yet">The first ones appear after a collection.</Empty>
      )}
      {rows.length > 0 && found.length === 0 && (
        <Empty title="No instrument has this text">
          <button type="button" onClick={() => setParams({ q: "" })}>
            Show all
          </button>
        </Empty>
      )}
      {found.length > 0 && (
        <div class="scroll card" tabIndex={0} role="region" aria-label="Instruments">
          <table class="list instruments">
            <thead>
              <tr>
                {COLUMNS.map(([key, title]) => (
                  <Heading key={key} column={key} title={title} />
                ))}
                <th scope="col">Description</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <Row key={row.name} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length < found.length && (
        <button
          type="button"
          onClick={() => {
            isAll.value = true;
          }}
        >
          Show all {found.length}
        </button>
      )}
    </>
  );
}

const MAX_ROWS = 300;

function Heading({ column, title }: { readonly column: string; readonly title: string }): JSX.Element {
  const sort = route.value.params.get("sort") ?? "name";
  const isDescending = sort === `-${column}`;
  const direction = sort === column ? "ascending" : isDescending ? "descending" : "none";
  const first = column === "series" || column === "widest" ? `-${column}` : column;
  const second = first === column ? `-${column}` : column;
  return (
    <th scope="col" aria-sort={direction} class={column === "series" ? "number" : ""}>
      <button type="button" onClick={() => setParams({ sort: sort === first ? second : first }, false)}>
        {title}
        <span aria-hidden="true">{direction === "none" ? "" : isDescending ? " ↓" : " ↑"}</span>
      </button>
    </th>
  );
}

function Row({ row }: { readonly row: InstrumentRow }): JSX.Element {
  const { name, type, unit, series, widest, overflowing, description } = row;
  return (
    <tr>
      <th scope="row">
        <a href={linkTo("instrument", name)}>{shownText(name)}</a>
      </th>
      <td>
        <span class="badge">{shownText(type)}</span>
      </td>
      <td>{shownText(unit)}</td>
      <td class="number">
        {series}
        {overflowing && (
          <span class="badge bad" title="Further attribute sets are counted in the overflow series">
            full
          </span>
        )}
      </td>
      <td>
        {widest !== undefined && widest.values > 1 && (
          <>
            {shownText(widest.attribute)} <span class="muted">{valueCountText(widest)}</span>
          </>
        )}
      </td>
      <td class="description">{shownText(description)}</td>
    </tr>
  );
}

function matches(query: string): (row: InstrumentRow) => boolean {
  const words = query.toLowerCase().split(/\s+/);
  return ({ name, description }) => {
    const text = `${name} ${description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

function sorted(rows: readonly InstrumentRow[], sort: string): readonly InstrumentRow[] {
  const sign = sort.startsWith("-") ? -1 : 1;
  const of = COLUMNS.find(([key]) => key === sort.replace("-", ""))?.[2] ?? ((row) => row.name);
  return rows.toSorted((a, b) => sign * compare(of(a), of(b)) || compare(a.name, b.name));
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function countText(found: readonly InstrumentRow[], all: readonly InstrumentRow[]): string {
  const series = found.reduce((sum, row) => sum + row.series, 0);
  return `${found.length === all.length ? "" : `${found.length} of `}${all.length}, ${series} series`;
}
