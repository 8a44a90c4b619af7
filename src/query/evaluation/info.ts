// `info`: series with the labels of info series of the same target, such as `target_info`.
import type { Expression, Selector, TimeShift } from "../expression.ts";
import { QueryError } from "../query-error.ts";
import type { Matcher } from "../source.ts";
import { partsOf } from "../syntax/tree-parts.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import { ABSENT, Frame } from "./frame.ts";
import { labelList, type LabelSet, NO_LABELS } from "./label-set.ts";
import { valueTest } from "./matchers.ts";
import { uniqueRows } from "./unique-rows.ts";

/** Labels by which series and info series match. As in Prometheus: fixed, so that nothing has to be known of an info metric. */
export const IDENTIFYING: readonly string[] = ["instance", "job"];
const NAME = "__name__";

/**
 * The selector of the info series. Their name is `target_info`, unless the second argument has another one. The times are
 * those of the first selector within the argument.
 */
export function infoSelector(argument: Expression, second: Expression | undefined): Selector {
  const matchers = second?.kind === "selector" ? second.matchers : [];
  const names = matchers.filter(({ label }) => label === NAME);
  const isPositive = names.some(({ operator }) => !operator.startsWith("!"));
  const added: readonly Matcher[] =
    names.length === 0
      ? [{ label: NAME, operator: "=", value: "target_info" }]
      : isPositive
        ? []
        : [{ label: NAME, operator: "=~", value: ".+_info" }];
  const { start, end } = second ?? argument;
  const shift = shiftOfFirst(argument) ?? { offsetMillis: 0, at: undefined };
  return {
    kind: "selector",
    type: "vector",
    name: undefined,
    matchers: [...added, ...matchers],
    ...shift,
    start,
    end,
  };
}

// Offsets of subqueries are added up, unless `@` sets a time within them.
function shiftOfFirst(node: Expression): TimeShift | undefined {
  if (node.kind === "selector") return { offsetMillis: node.offsetMillis, at: node.at };
  if (node.kind === "range") return shiftOfFirst(node.selector);
  const parts = node.kind === "aggregation" ? [node.expression] : partsOf(node);
  const inner = parts.map(shiftOfFirst).find((each) => each !== undefined);
  if (node.kind !== "subquery" || inner === undefined || inner.at !== undefined) return inner;
  return { offsetMillis: inner.offsetMillis + node.offsetMillis, at: node.at };
}

/** Adds labels of info series to a vector. The values of `infos` are the times of their samples. */
export function* enriched(
  frame: Frame,
  infos: Frame,
  matchers: readonly Matcher[],
  { work }: Evaluation,
): Pieces<Frame> {
  const { steps } = frame;
  const names = matchers.filter(({ label }) => label === NAME).map(valueTest);
  const wanted = matchers.filter(({ label }) => label !== NAME);
  const isInfo = (labels: LabelSet): boolean => names.every((test) => test(labels.get(NAME)));
  const acceptsNone = wanted.every((matcher) => valueTest(matcher)(""));
  const latest = yield* latestInfos(infos, identifiersOf(frame, isInfo), work);
  const kept = new Set(wanted.map(({ label }) => label));
  const rows = new Map<string, { readonly labels: LabelSet; readonly from: number; readonly at: number[] }>();
  for (const [row, labels] of frame.labels.entries()) {
    const target = labels.signatureOf(labelList(IDENTIFYING));
    const byTarget = isInfo(labels) ? undefined : latest.get(target);
    for (let step = 0; step < steps; step++) {
      if (frame.cells[row * steps + step] === ABSENT) continue;
      const found = byTarget?.(step) ?? NO_ROWS;
      if (found.length === 0 && !acceptsNone && !isInfo(labels)) continue;
      const key = `${row} ${found.join(" ")}`;
      let entry = rows.get(key);
      if (entry === undefined) {
        const added = found.map((info) => infos.labels[info]!);
        entry = { labels: withLabels(labels, added, kept), from: row, at: [] };
        rows.set(key, entry);
        if (work.spend(500)) yield;
      }
      entry.at.push(step);
    }
    if (work.spend(10 * steps)) yield;
  }
  work.reserve(rows.size * steps);
  const list = [...rows.values()];
  const result = new Frame(
    list.map(({ labels }) => labels),
    steps,
  );
  for (const [row, { from, at }] of list.entries()) {
    for (const step of at) result.copyCell(row, step, frame, from);
    if (work.spend(2 * at.length)) yield;
  }
  return yield* uniqueRows(result, work);
}

const NO_ROWS: readonly number[] = [];

// Values of the identifying labels that series have.
function identifiersOf(
  frame: Frame,
  isInfo: (labels: LabelSet) => boolean,
): ReadonlyMap<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const labels of frame.labels)
    for (const label of isInfo(labels) ? [] : IDENTIFYING) {
      const value = labels.get(label);
      if (value !== "") found.set(label, (found.get(label) ?? new Set()).add(value));
    }
  return found;
}

/** Rows of a target at a step: for each name the one with the latest sample. */
type RowsAt = (step: number) => readonly number[];

function* latestInfos(
  infos: Frame,
  identifiers: ReadonlyMap<string, ReadonlySet<string>>,
  work: Evaluation["work"],
): Pieces<ReadonlyMap<string, RowsAt>> {
  const ofTargets = new Map<string, number[]>();
  const found = new Map<string, RowsAt>();
  if (identifiers.size === 0) return found;
  for (const [row, labels] of infos.labels.entries()) {
    if (work.spend(300)) yield;
    if (![...identifiers].every(([label, values]) => values.has(labels.get(label)))) continue;
    const target = labels.signatureOf(labelList(IDENTIFYING));
    const rows = ofTargets.get(target);
    if (rows === undefined) ofTargets.set(target, [row]);
    else rows.push(row);
  }
  let reserved = 0;
  for (const [target, rows] of ofTargets) {
    if (rows.length > 1) work.reserve((reserved += CELLS_OF_ROWS * infos.steps));
    const byStep = rows.length > 1 ? latestByStep(infos, rows) : undefined;
    const [only = 0] = rows;
    const isThere: RowsAt = (step) => (infos.cells[only * infos.steps + step] === ABSENT ? NO_ROWS : rows);
    found.set(target, byStep === undefined ? isThere : (step) => byStep[step] ?? NO_ROWS);
    if (work.spend(20 * infos.steps * (rows.length - 1))) yield;
  }
  return found;
}

// Memory of the rows of a target at a step, in cells.
const CELLS_OF_ROWS = 5;

function latestByStep(infos: Frame, rows: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: infos.steps }, (_, step) => {
    const latest: number[] = [];
    for (const row of rows) {
      if (infos.cells[row * infos.steps + step] === ABSENT) continue;
      const name = infos.labels[row]!.get(NAME);
      const place = latest.findIndex((other) => infos.labels[other]!.get(NAME) === name);
      if (place < 0) latest.push(row);
      else if (isLater(infos, row, latest[place]!, step)) latest[place] = row;
    }
    return latest;
  });
}

function isLater({ labels, values, steps }: Frame, row: number, other: number, step: number): boolean {
  const [time, known] = [values[row * steps + step]!, values[other * steps + step]!];
  if (time !== known) return time > known;
  const [text, existing] = [String(labels[row]), String(labels[other])];
  const millis = Math.round(time * 1_000);
  throw new QueryError(
    "execution",
    `found duplicate series for info metric: existing ${existing} @ ${millis}, new ${text} @ ${millis}`,
  );
}

function withLabels(labels: LabelSet, infos: readonly LabelSet[], kept: ReadonlySet<string>): LabelSet {
  let added = NO_LABELS;
  for (const info of infos)
    for (const [label, value] of Object.entries(info.toLabels())) {
      if (label === NAME || (kept.size > 0 && !kept.has(label))) continue;
      const known = added.get(label);
      if (known !== "" && known !== value) throw new QueryError("execution", `conflicting label: ${label}`);
      if (labels.get(label) === "") added = added.with(label, value);
    }
  return Object.entries(added.toLabels()).reduce((all, [label, value]) => all.with(label, value), labels);
}
