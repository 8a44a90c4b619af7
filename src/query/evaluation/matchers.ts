import { QueryError } from "../query-error.ts";
import type { Labels, Matcher } from "../source.ts";
import { textTest } from "./regular-expression.ts";

/** Test of a label's value by one matcher. Throws a {@link QueryError} if its regular expression is invalid. */
export function valueTest({ operator, value }: Matcher): (text: string) => boolean {
  switch (operator) {
    case "=":
      return (text) => text === value;
    case "!=":
      return (text) => text !== value;
    case "=~":
      return compiled(value);
    case "!~": {
      const matches = compiled(value);
      return (text) => !matches(text);
    }
    default:
      return operator satisfies never;
  }
}

/** Test of a series' labels by all matchers, for sources that hold their series in memory. */
export function labelsTest(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ label: matcher.label, test: valueTest(matcher) }));
  return (labels) =>
    tests.every(({ label, test }) => {
      // A label may be named like a method of all objects.
      const value: unknown = labels[label];
      return test(typeof value === "string" ? value : "");
    });
}

function compiled(source: string): (text: string) => boolean {
  try {
    return textTest(source);
  } catch (error) {
    throw new QueryError("bad_data", error instanceof Error ? error.message : String(error), undefined, {
      cause: error,
    });
  }
}

/** The name of the metric that the matchers ask for; `undefined` if they may match several names. */
export function metricNameOf(matchers: readonly Matcher[]): string | undefined {
  return matchers.find(({ label, operator }) => label === "__name__" && operator === "=")?.value;
}
