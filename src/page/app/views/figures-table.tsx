// A table of figures by name, sorted by any column. Each row opens its series.
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import { rowName } from "../../panels/table-rows.ts";
import type { TableData } from "../../protocol.ts";
import { linkTo } from "../state/route.ts";
import { durationText } from "../text/times.ts";
import { valueWithUnit } from "../text/values.ts";

// Further ones are shown on high screens, or by a button; see `overview.css`.
const FEW_ROWS = 8;

type Row = TableData["rows"][number];

/** Tables side by side. */
export function FiguresTables({ tables }: { readonly tables: readonly TableData[] }): JSX.Element | null {
  if (tables.length === 0) return null;
  return (
    <div class="tables">
      {tables.map((table) => (
        <FiguresTable key={table.id} table={table} />
      ))}
    </div>
  );
}

function FiguresTable({ table }: { readonly table: TableData }): JSX.Element {
  const sorted = useSignal<number | undefined>(undefined);
  const isWhole = useSignal(false);
  const { id, title, description, window, columns, rows, hidden, error } = table;
  // Queues that are not asked for their length have rates only.
  const first = columns.findIndex((_, i) => rows.some(({ values }) => (values[i] ?? null) !== null));
  const column = Math.min(sorted.value ?? Math.max(first, 0), columns.length - 1);
  const value = (row: Row): number => row.values[column] ?? -Infinity;
  const shown = rows.toSorted((one, other) => value(other) - value(one));
  return (
    <section class={`card figures-table ${isWhole.value ? "whole" : ""}`} aria-labelledby={`table-${id}`}>
      <h2 id={`table-${id}`} title={description}>
        {title} <small class="muted">last {durationText(window)}</small>
      </h2>
      {error !== undefined && <p class="problem">{shownText(error)}</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table data-table={id}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              {columns.map((each, i) => (
                <th
                  key={each.title}
                  scope="col"
                  class="number"
                  aria-sort={i === column ? "descending" : undefined}
                >
                  <button
                    type="button"
                    onClick={() => {
                      sorted.value = i;
                    }}
                  >
                    {each.title}
                    {i === column ? " ▾" : ""}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={JSON.stringify(row.labels)}>
                <th scope="row">
                  <a href={linkTo("row", id, { of: JSON.stringify(row.labels) })}>
                    {shownText(rowName(row.labels))}
                  </a>
                </th>
                {columns.map(({ title: name, unit }, i) => (
                  <td
                    key={name}
                    class={`number ${name === "Errors" && (row.values[i] ?? 0) > 0 ? "problem" : ""}`}
                  >
                    <Bar share={i === column ? shareOf(row.values[i], shown[0]?.values[i]) : 0} />
                    {valueWithUnit(row.values[i], unit)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hidden > 0 && <p class="muted">and {hidden} more</p>}
      {rows.length > FEW_ROWS && (
        <button
          type="button"
          class="more"
          onClick={() => {
            isWhole.value = !isWhole.value;
          }}
        >
          {isWhole.value ? "Fewer rows" : `All ${rows.length} rows`}
        </button>
      )}
    </section>
  );
}

// The value beside the highest one of its column.
function Bar({ share }: { readonly share: number }): JSX.Element | null {
  if (share <= 0) return null;
  return <i class="bar" aria-hidden="true" style={{ width: `${Math.round(100 * share)}%` }} />;
}

function shareOf(value: number | null | undefined, highest: number | null | undefined): number {
  return (highest ?? 0) > 0 ? (value ?? 0) / (highest ?? 1) : 0;
}
