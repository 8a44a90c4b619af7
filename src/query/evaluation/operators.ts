import { annotations } from "../annotations.ts";
import type { ArithmeticOperator, Binary, ComparisonOperator, TrimOperator } from "../expression.ts";
import { binary } from "../histograms/binary.ts";
import type { NativeHistogram } from "../native-histogram.ts";

type Operator = ArithmeticOperator | ComparisonOperator | TrimOperator;

/** Result of an arithmetic operator. */
function arithmetic(operator: ArithmeticOperator): (left: number, right: number) => number {
  switch (operator) {
    case "+":
      return (left, right) => left + right;
    case "-":
      return (left, right) => left - right;
    case "*":
      return (left, right) => left * right;
    case "/":
      return (left, right) => left / right;
    case "%":
      return (left, right) => left % right;
    case "^":
      return power;
    case "atan2":
      return Math.atan2;
    default:
      return operator satisfies never;
  }
}

/** Result of a comparison. */
function comparison(operator: ComparisonOperator): (left: number, right: number) => boolean {
  switch (operator) {
    case "==":
      return (left, right) => left === right;
    case "!=":
      return (left, right) => left !== right;
    case ">":
      return (left, right) => left > right;
    case "<":
      return (left, right) => left < right;
    case ">=":
      return (left, right) => left >= right;
    case "<=":
      return (left, right) => left <= right;
    default:
      return operator satisfies never;
  }
}

/** Result of an operator of two numbers; 1 or 0 for a comparison. */
export function floatOperation(
  operator: ArithmeticOperator | ComparisonOperator,
): (left: number, right: number) => number {
  if (!isComparison(operator)) return arithmetic(operator);
  const holds = comparison(operator);
  return (left, right) => (holds(left, right) ? 1 : 0);
}

/**
 * Result of an operator of two values, at least one of which is a histogram. `undefined` if a comparison does not hold,
 * `kept` if one without `bool` does, and an annotation if the types do not fit. `note` takes an annotation of a result.
 */
export function histogramOperation<Value>(
  { operator, returnsBool }: Pick<Binary, "returnsBool"> & { readonly operator: Operator },
  left: number | NativeHistogram,
  right: number | NativeHistogram,
  kept: Value,
  note: (annotation: string) => void,
): number | NativeHistogram | string | Value | undefined {
  const result = binary(operator, left, right);
  switch (result.kind) {
    case "histogram":
      if (result.annotation !== undefined) note(result.annotation);
      return result.histogram;
    case "comparison":
      if (returnsBool) return result.holds ? 1 : 0;
      return result.holds ? kept : undefined;
    case "refused":
      return result.annotation;
    default:
      return result satisfies never;
  }
}

/** Whether an operator compares. */
export function isComparison(operator: string): operator is ComparisonOperator {
  return ["==", "!=", ">", "<", ">=", "<="].includes(operator);
}

/** Whether an operator trims histograms. Numbers have no result. */
export function isTrim(operator: string): operator is TrimOperator {
  return operator === "</" || operator === ">/";
}

/** The annotation of an operator of histograms between two numbers. */
export function trimOfFloats(operator: TrimOperator): string {
  return annotations.incompatibleTypes(operator, "float", "float");
}

/** Whether an operator is one of sets. */
export function isSetOperator(operator: string): operator is "and" | "or" | "unless" {
  return operator === "and" || operator === "or" || operator === "unless";
}

// IEEE 754 has 1 for these powers, JavaScript NaN.
function power(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : base ** exponent;
}
