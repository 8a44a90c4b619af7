import type { Labels, Matcher } from "../source.ts";

/** A test of labels: whether all matchers hold. */
export function matches(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map(testOf);
  return (labels) => tests.every((holds) => holds(labels));
}

function testOf({ label, operator, value }: Matcher): (labels: Labels) => boolean {
  switch (operator) {
    case "=":
      return (labels) => (labels[label] ?? "") === value;
    case "!=":
      return (labels) => (labels[label] ?? "") !== value;
    case "=~": {
      const pattern = new RegExp(`^(?:${value})$`, "s");
      return (labels) => pattern.test(labels[label] ?? "");
    }
    case "!~": {
      const pattern = new RegExp(`^(?:${value})$`, "s");
      return (labels) => !pattern.test(labels[label] ?? "");
    }
    default:
      return operator satisfies never;
  }
}
