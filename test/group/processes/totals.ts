// Totals of a group, read from outside.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readGroup } from "../../../src/group/read-figures.ts";

/** The sum of all counters of a group, departed ones included. */
export function totalIn(folder: string): number {
  const { departed, members } = readGroup(folder);
  const all = [
    ...(departed === undefined ? [] : [departed.cells]),
    ...members.map(({ state }) => state.cells),
  ];
  return all.reduce((sum, cells) => sum + valueIn(cells), 0);
}

function valueIn(cells: Uint8Array<ArrayBuffer>): number {
  const values = new Float64Array(cells.buffer);
  if (new Set(values).size > 1) throw new Error(`torn: ${[...new Set(values)].join(", ")}`);
  return values[0] ?? 0;
}

/** The sum of what all processes have noted in their journals. */
export function notedIn(journals: string): number {
  return readdirSync(journals).reduce((sum, name) => {
    const bytes = readFileSync(join(journals, name));
    return sum + (bytes.length < 8 ? 0 : bytes.readDoubleLE(0));
  }, 0);
}
