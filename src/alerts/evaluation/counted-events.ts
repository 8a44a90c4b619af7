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

/** Two expressions with all labels of their series. */
interface CountedEvents {
  /** Increases of the counted events. */
  readonly counted: string;
  /** Increases of all events of the same metric. */
  readonly all: string;
}

/** Selectors of counted events, and those whose events are subtracted from all. */
interface EventSelectors {
  readonly added: readonly Selector[];
  readonly subtracted: readonly Selector[];
}

/**
 * Expressions of the increases of the events that a rule counts. The events of a ratio are those above the line. If they are all but
 * the good ones, as in `1 - good / all`, they are the series of all that are not among the good ones.
 *
 * @param expressions expression of the rule, and those of its recorded metrics
 */
export function countedEvents(expressions: readonly Expression[], seconds: number): readonly CountedEvents[] {
  const parts = expressions.map(countedIn);
  const added = parts.flatMap((each) => each.added);
  const subtracted = parts.flatMap((each) => each.subtracted);
  const all = expressions.flatMap(selectorsOf);
  const increase = (selector: Selector): string => `increase(${formatSelection(selector)}[${seconds}s])`;
  const among = (selector: Selector, counted: string): [string, CountedEvents] => {
    const matchers = selector.matchers.filter(({ label }) => label === "__name__");
    return [counted, { counted, all: increase({ ...selector, matchers }) }];
  };
  const bad = added
    .filter(({ name }) => !subtracted.some((good) => good.name === name))
    .map((selector) => among(selector, increase(selector)));
  const notGood = subtracted.flatMap((good) => {
    const whole = all.find((each) => isWider(each, good));
    return whole === undefined ? [] : [among(whole, `${increase(whole)} unless ${increase(good)}`)];
  });
  return [...new Map([...bad, ...notGood]).values()];
}

function countedIn(node: Expression): EventSelectors {
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

function joined(all: readonly EventSelectors[]): EventSelectors {
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
