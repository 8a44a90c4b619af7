// Operators between native histograms, or a native histogram and a number.
import { annotations } from "../annotations.ts";
import type { ArithmeticOperator, ComparisonOperator, TrimOperator } from "../expression.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { equal } from "./equal.ts";
import { HistogramSum } from "./histogram-sum.ts";
import { trimmed } from "./trim.ts";

/** Result of {@link binary}: a histogram, whether `==` or `!=` holds, or the reason why there is no result. */
export type BinaryResult =
  | {
      readonly kind: "histogram";
      readonly histogram: NativeHistogram;
      readonly annotation?: string | undefined;
    }
  | { readonly kind: "comparison"; readonly holds: boolean }
  | { readonly kind: "refused"; readonly annotation: string };

/** Applies an operator; at least one side is a histogram. */
export function binary(
  operator: ArithmeticOperator | ComparisonOperator | TrimOperator,
  left: number | NativeHistogram,
  right: number | NativeHistogram,
): BinaryResult {
  if (typeof left === "number")
    return typeof right !== "number" && operator === "*"
      ? histogramResult(scaled(right, left))
      : refused(operator, "float", "histogram");
  if (typeof right === "number") {
    if (operator === "*") return histogramResult(scaled(left, right));
    if (operator === "/") return histogramResult(divided(left, right));
    if (operator === "</" || operator === ">/")
      return histogramResult(trimmed(left, right, operator === "</" ? "above" : "below"));
    return refused(operator, "histogram", "float");
  }
  switch (operator) {
    case "+":
    case "-":
      return combined(operator, left, right);
    case "==":
      return { kind: "comparison", holds: equal(left, right) };
    case "!=":
      return { kind: "comparison", holds: !equal(left, right) };
    default:
      return refused(operator, "histogram", "histogram");
  }
}

/** A gauge with all counts negated, the result of the unary minus. */
export function negated(histogram: NativeHistogram): NativeHistogram {
  const { count, sum, zeroCount, positive, negative } = histogram;
  return {
    ...histogram,
    count: -count,
    sum: -sum,
    zeroCount: -zeroCount,
    positive: { ...positive, counts: positive.counts.map((each) => -each) },
    negative: { ...negative, counts: negative.counts.map((each) => -each) },
    resetHint: "gauge",
  };
}

// All functions here end before the next one uses it.
const scratch = new HistogramSum();

function scaled(histogram: NativeHistogram, factor: number): NativeHistogram {
  scratch.set(histogram);
  scratch.multiply(factor);
  return scratch.result();
}

function divided(histogram: NativeHistogram, divisor: number): NativeHistogram {
  scratch.set(histogram);
  scratch.divide(divisor);
  return scratch.result();
}

function combined(operator: "+" | "-", left: NativeHistogram, right: NativeHistogram): BinaryResult {
  const combination = operator === "+" ? "addition" : "subtraction";
  scratch.set(left);
  const incompatibility = operator === "+" ? scratch.add(right) : scratch.subtract(right);
  if (incompatibility !== undefined)
    return { kind: "refused", annotation: annotations.incompatibleBucketLayout(operator) };
  if (scratch.hasConflict) return { kind: "refused", annotation: annotations.conflictingResets(combination) };
  if (operator === "-") scratch.resetHint = "gauge";
  const annotation = scratch.isReconciled ? annotations.reconciledBounds(combination) : undefined;
  return { kind: "histogram", histogram: scratch.result(), annotation };
}

function histogramResult(histogram: NativeHistogram): BinaryResult {
  return { kind: "histogram", histogram };
}

function refused(operator: string, left: "float" | "histogram", right: "float" | "histogram"): BinaryResult {
  return { kind: "refused", annotation: annotations.incompatibleTypes(operator, left, right) };
}
