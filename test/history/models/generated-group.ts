// A group of series with common causes, and faults that break their correlation within each series' own range.
import { normalNumbers, randomNumbers } from "../analysis/known-data.ts";

export interface Fault {
  readonly from: number;
  readonly to: number;
  readonly column: number;
}

export interface GeneratedGroup {
  readonly columns: readonly Float64Array[];
  readonly faults: readonly Fault[];
}

const SERIES = 8;
const NOISE = 0.25;
const LENGTH = 80;
const DISTANCE = 300;

/** Faults come after the points of the training: a series follows its own past of two hours ago, or its mirror image. */
export function generatedGroup(seed: number, training: number, points: number): GeneratedGroup {
  const [normal, random] = [normalNumbers(seed), randomNumbers(seed + 1)];
  const causes = [0.7, 0.9].map((likeness) => {
    let value = normal();
    return new Float64Array(points).map(
      (_, i) =>
        (value = likeness * value + Math.sqrt(1 - likeness ** 2) * normal()) +
        Math.sin((2 * Math.PI * i) / 1_440),
    );
  });
  const columns = Array.from({ length: SERIES }, (_, c) => {
    const angle = (Math.PI * c) / SERIES;
    const [one, other] = [Math.cos(angle), Math.sin(angle)];
    return new Float64Array(points).map(
      (__, i) => 1_000 * (c + 1) + 50 * (one * causes[0]![i]! + other * causes[1]![i]! + NOISE * normal()),
    );
  });
  const clean = columns.map((column) => column.slice());
  const faults: Fault[] = [];
  for (let from = training + DISTANCE; from + LENGTH < points; from += LENGTH + DISTANCE) {
    const column = Math.floor(random() * SERIES);
    const isMirror = random() < 0.5;
    for (let i = from; i < from + LENGTH; i++)
      columns[column]![i] = isMirror ? 2_000 * (column + 1) - clean[column]![i]! : clean[column]![i - 120]!;
    faults.push({ from, to: from + LENGTH, column });
  }
  return { columns, faults };
}
