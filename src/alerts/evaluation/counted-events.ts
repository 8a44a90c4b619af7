// The events that a rule counts: the errors of a ratio, the restarts of a rate.
import type { Expression, Range, Selector } from "../../query/expression.ts";
import { selectorsOf } from "../../query/evaluation/spans.ts";
import { formatSelection } from "../../query/syntax/expression-text.ts";
import { partsOf } from "../../query/syntax/tree-parts.ts";

const INCREASES = new Set(["increase", "rate", "irate"]);
// They count values, not events.
const OF_HISTOGRAM = /_(?:bucket|sum)$/;
// Their right side counts nothing: it is a limit or a condition.
const CONDITIONS = new Set(["and", "unless", "==", "!=", ">", "<", ">=", "<="]);

/** Selectors of counted events, and those whose events are subtracted from all. */
interface Counted {
  readonly added: readonly Selector[];
  readonly subtracted: readonly Selector[];
}

/**
 * Expressions of the increases of the events that a rule counts, each with all labels of their series. The events of a ratio are those
 * above the line. If they are all but the good ones, as in `1 - good / all`, they are the series of all that are not among the good ones.
 *
 * @param expressions expression of the rule, and those of its recorded metrics
 */
export function countedEvents(expressions: readonly Expression[], seconds: number): readonly string[] {
  const counted = expressions.map(countedIn);
  const added = counted.flatMap((each) => each.added);
  const subtracted = counted.flatMap((each) => each.subtracted);
  const all = expressions.flatMap(selectorsOf);
  const increase = (selector: Selector): string => `increase(${formatSelection(selector)}[${seconds}s])`;
  const bad = added
    .filter(({ name }) => !subtracted.some((good) => good.name === name))
    .map((selector) => increase(selector));
  const notGood = subtracted.flatMap((good) => {
    const whole = all.find((each) => isWider(each, good));
    return whole === undefined ? [] : [`${increase(whole)} unless ${increase(good)}`];
  });
  return [...new Set([...bad, ...notGood])];
}

function countedIn(node: Expression): Counted {
  switch (node.kind) {
    case "call": {
      const [range] = node.args;
      const isIncrease = INCREASES.has(node.name) && range?.kind === "range";
      return isIncrease ? { added: eventsOf(range), subtracted: [] } : joined(partsOf(node).map(countedIn));
    }
    case "binary": {
      const [left, right] = [countedIn(node.left), countedIn(node.right)];
      if (node.operator === "-") return joined([left, { added: right.subtracted, subtracted: right.added }]);
      if (node.operator !== "/" && !CONDITIONS.has(node.operator)) return joined([left, right]);
      return selectorsOf(node.left).length > 0 ? left : right;
    }
    default:
      return joined(partsOf(node).map(countedIn));
  }
}

function eventsOf({ selector }: Range): readonly Selector[] {
  return selector.name === undefined || OF_HISTOGRAM.test(selector.name) ? [] : [selector];
}

function joined(all: readonly Counted[]): Counted {
  return {
    added: all.flatMap(({ added }) => added),
    subtracted: all.flatMap(({ subtracted }) => subtracted),
  };
}

// Whether it has the same metric, and some of the matchers.
function isWider(one: Selector, other: Selector): boolean {
  if (one.name !== other.name || one.matchers.length >= other.matchers.length) return false;
  return one.matchers.every(({ label, operator, value }) =>
    other.matchers.some((each) => each.label === label && each.operator === operator && each.value === value),
  );
}
