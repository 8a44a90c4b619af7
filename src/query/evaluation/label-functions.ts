import { QueryError } from "../query-error.ts";
import type { Matcher } from "../source.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import type { Frame } from "./frame.ts";
import { isLabelName, type LabelSet, NO_LABELS } from "./label-set.ts";
import { LargePatternError } from "./pattern-size.ts";
import { type RegularExpression, regularExpression } from "./regular-expression.ts";
import { uniqueRows } from "./unique-rows.ts";
import { assertValueLength } from "./value-length.ts";

/** `label_replace`. `texts` are the target, the replacement, the source and the regular expression. */
export function labelReplace(
  frame: Frame,
  [target = "", replacement = "", source = "", pattern = ""]: readonly string[],
  evaluation: Evaluation,
): Pieces<Frame> {
  const expression = compiled(pattern);
  assertLabel(target, "destination", "label_replace");
  return relabeled(frame, evaluation, (labels) => {
    const value = expression.expand(labels.get(source), replacement);
    return value === undefined ? labels : labels.with(target, value);
  });
}

/** `label_join`. `texts` are the target, the separator and the sources. */
export function labelJoin(
  frame: Frame,
  [target = "", separator = "", ...sources]: readonly string[],
  evaluation: Evaluation,
): Pieces<Frame> {
  for (const source of sources) assertLabel(source, "source", "label_join");
  assertLabel(target, "destination", "label_join");
  return relabeled(frame, evaluation, (labels) => {
    const values = sources.map((source) => labels.get(source));
    const lengths = values.map(({ length }) => length);
    assertValueLength(
      lengths.reduce((sum, length) => sum + length, separator.length * (values.length - 1)),
      lengths.reduce((longest, length) => Math.max(longest, length), 0),
    );
    return labels.with(target, values.join(separator));
  });
}

/** Labels of the result of `absent` and `absent_over_time`: those that the selector compares with `=` and no later matcher. */
export function labelsOfAbsent(matchers: readonly Matcher[]): LabelSet {
  // Prometheus' storage has sorted them.
  const isNegative = ({ operator }: Matcher): boolean => operator.startsWith("!");
  const sorted = [...matchers.filter((each) => !isNegative(each)), ...matchers.filter(isNegative)];
  const found = new Set<string>();
  let labels = NO_LABELS;
  for (const { label, operator, value } of sorted) {
    if (label === "__name__") continue;
    const isFirst = operator === "=" && !found.has(label);
    if (isFirst) found.add(label);
    labels = labels.with(label, isFirst ? value : "");
  }
  return labels;
}

// The limit of memory is a number of samples, of 16 bytes each.
const CHARACTERS_OF_A_SAMPLE = 16;

function* relabeled(
  frame: Frame,
  { work }: Evaluation,
  change: (labels: LabelSet) => LabelSet,
): Pieces<Frame> {
  const labels: LabelSet[] = [];
  let length = 0;
  for (const each of frame.labels) {
    const changed = change(each);
    labels.push(changed);
    length += changed.signature.length;
    work.reserve(length / CHARACTERS_OF_A_SAMPLE);
    if (work.spend(300)) yield;
  }
  return yield* uniqueRows(frame.relabeled(labels), work);
}

function compiled(pattern: string): RegularExpression {
  try {
    return regularExpression(pattern);
  } catch (error) {
    if (error instanceof LargePatternError) throw new QueryError("bad_data", error.message);
    throw new QueryError(
      "execution",
      `invalid regular expression in label_replace(): ${pattern}`,
      undefined,
      {
        cause: error,
      },
    );
  }
}

function assertLabel(label: string, role: "source" | "destination", name: string): void {
  if (!isLabelName(label))
    throw new QueryError("execution", `invalid ${role} label name in ${name}(): ${label}`);
}
