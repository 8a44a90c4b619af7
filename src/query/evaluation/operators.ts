import type { ArithmeticOperator, ComparisonOperator } from "../expression.ts";

/** Result of an arithmetic operator. */
export function arithmetic(operator: ArithmeticOperator): (left: number, right: number) => number {
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
export function comparison(operator: ComparisonOperator): (left: number, right: number) => boolean {
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

/** Whether an operator compares. */
export function isComparison(operator: string): operator is ComparisonOperator {
  return ["==", "!=", ">", "<", ">=", "<="].includes(operator);
}

/** Whether an operator is one of sets. */
export function isSetOperator(operator: string): operator is "and" | "or" | "unless" {
  return operator === "and" || operator === "or" || operator === "unless";
}

// IEEE 754 has 1 for these powers, JavaScript NaN.
function power(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Infinity) ? 1 : base ** exponent;
}
